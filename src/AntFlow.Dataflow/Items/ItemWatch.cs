namespace AntFlow.Dataflow;

/// <summary>What an item spends its time with.</summary>
internal enum Spending : byte
{
    Queue,
    Limit,
    Retry,
    Store,
    Run,
}

/// <summary>What an item has spent its time with. Mutable: a field of the envelope that is not copied.</summary>
/// <remarks>Only the owner of the item writes. The times are timestamps of the run's clock; each moment is charged to what the item was doing since the one before it, so that they add up. So what
/// it spends in the queue is not added up: it is what is left of all the time. That, and the sums that most items have nothing in being apart, is because an item goes from core to core: one that only
/// queues and runs brings along no more than fits into a line of a cache, beside what else of it is in the envelope.</remarks>
internal struct ItemWatch
{
    private long _began;
    private long _since;
    private long _run;
    private long _heldBefore;
    private Spending _doing;
    private bool _hasRare;
    private Rare _rare;

    /// <summary>The item was accepted, and waits.</summary>
    /// <param name="now">When.</param>
    /// <param name="heldByReader">How long the reader has held the workers of the stage until now.</param>
    public void Begin(long now, long heldByReader)
    {
        _doing = Spending.Queue;
        _began = _since = now;
        _run = 0;
        _heldBefore = heldByReader;
        if (!_hasRare)
            return;
        _rare = default;
        _hasRare = false;
    }

    /// <summary>The item begins to wait for a worker, or for its next attempt.</summary>
    /// <param name="next">For which of them.</param>
    /// <param name="now">When.</param>
    /// <param name="heldByReader">How long the reader has held the workers of the stage until now.</param>
    public void Wait(Spending next, long now, long heldByReader)
    {
        Turn(next, now);
        _heldBefore = heldByReader;
    }

    /// <summary>What the item does is called something else from the moment on that was charged last.</summary>
    public void Become(Spending doing) => _doing = doing;

    /// <summary>From now on the item does something else.</summary>
    public void Turn(Spending next, long now)
    {
        long passed = PassedUntil(now);
        if (_doing == Spending.Run)
            _run += passed;
        else if (_doing != Spending.Queue)
            ChargeRare(passed);
        _since += passed;
        _doing = next;
    }

    /// <summary>What the item does goes on; what of it lies behind is charged.</summary>
    public void Note(long now) => Turn(_doing, now);

    /// <summary>A worker has the item.</summary>
    /// <param name="readyAt">Since when it could be taken: one that waited for its next attempt has stood in the queue from then on.</param>
    /// <param name="now">When.</param>
    /// <param name="heldByReader">How long the reader has held the workers of the stage until now.</param>
    /// <param name="next">What the item does from now on.</param>
    public void Leave(long readyAt, long now, long heldByReader, Spending next)
    {
        if (_doing == Spending.Retry)
            Turn(Spending.Queue, Math.Min(readyAt, now));
        if (_doing == Spending.Queue)
        {
            // Most items wait for no reader: nothing was added since they arrived.
            // Stryker disable once Equality : a charge of nothing changes no time.
            if (heldByReader > _heldBefore)
                ChargeReader(heldByReader - _heldBefore, now);
        }

        Turn(next, now);
        _heldBefore = heldByReader;
    }

    /// <summary>What it has spent its time with.</summary>
    public readonly ItemTimes ToTimes(RunClock clock) =>
        new(
            clock.Between(0, _since - _began - _run - _rare.Limit - _rare.Retry - _rare.Store - _rare.Reader),
            clock.Between(0, _rare.Limit),
            clock.Between(0, _rare.Retry),
            clock.Between(0, _rare.Store),
            clock.Between(0, _rare.Reader),
            clock.Between(0, _run));

    private readonly long PassedUntil(long now) => Math.Max(0, now - _since);

    private void ChargeReader(long ticks, long now)
    {
        _hasRare = true;
        _rare.Reader += Math.Min(ticks, PassedUntil(now));
    }

    private void ChargeRare(long ticks)
    {
        _hasRare = true;
        if (_doing == Spending.Limit)
            _rare.Limit += ticks;
        else if (_doing == Spending.Retry)
            _rare.Retry += ticks;
        else
            _rare.Store += ticks;
    }

    /// <summary>What most items spend no time with. The runtime puts it behind the other fields.</summary>
    private struct Rare
    {
        public long Limit;
        public long Retry;
        public long Store;
        public long Reader;
    }
}
