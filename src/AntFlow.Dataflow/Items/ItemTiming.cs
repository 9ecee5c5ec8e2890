namespace AntFlow.Dataflow;

/// <summary>The activity that an item spends its time on.</summary>
internal enum Spending : byte
{
    Queue,
    Limit,
    Retry,
    Store,
    Poll,
    Run,
}

/// <summary>How an item has spent its time. Mutable: a field of the envelope that is not copied.</summary>
/// <remarks>Only the owner of the item writes to it. The times are timestamps of the run's clock. At each moment, the time since the previous moment is charged to the previous activity, so that
/// the parts add up. The time in the queue is not stored: it is the rest of the total time. This, and the separate struct for the sums that are zero for most items, keep the data small, because
/// an item moves from core to core: for an item that only queues and runs, it fits into one cache line together with the other data of the envelope.</remarks>
internal struct ItemTiming
{
    private long _began;
    private long _since;
    private long _run;
    private long _blockedBefore;
    private Spending _doing;
    private bool _hasRare;
    private Rare _rare;

    /// <summary>Starts the watch of an item that was accepted and waits.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="blockedByReader">The total time that the reader has held the workers of the stage so far.</param>
    public void Begin(long now, long blockedByReader)
    {
        _doing = Spending.Queue;
        _began = _since = now;
        _run = 0;
        _blockedBefore = blockedByReader;
        if (!_hasRare)
            return;
        _rare = default;
        _hasRare = false;
    }

    /// <summary>Records that the item starts to wait for a worker, for its next attempt or for its next look.</summary>
    /// <param name="next">Which of these it waits for.</param>
    /// <param name="now">The current time.</param>
    /// <param name="blockedByReader">The total time that the reader has held the workers of the stage so far.</param>
    public void Wait(Spending next, long now, long blockedByReader)
    {
        Turn(next, now);
        _blockedBefore = blockedByReader;
    }

    /// <summary>Changes the activity from the last charged moment on.</summary>
    public void Become(Spending doing) => _doing = doing;

    /// <summary>Records that the item starts another activity.</summary>
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

    /// <summary>Charges the time so far to the current activity, which continues.</summary>
    public void Note(long now) => Turn(_doing, now);

    /// <summary>Records that a worker takes the item.</summary>
    /// <param name="readyAt">Since when it could be taken: an item that waited for its next attempt or look has been in the queue from then on.</param>
    /// <param name="now">The current time.</param>
    /// <param name="blockedByReader">The total time that the reader has held the workers of the stage so far.</param>
    /// <param name="next">The activity from now on.</param>
    public void Leave(long readyAt, long now, long blockedByReader, Spending next)
    {
        if (_doing is Spending.Retry or Spending.Poll)
            Turn(Spending.Queue, Math.Min(readyAt, now));
        if (_doing == Spending.Queue)
        {
            // Most items do not wait for the reader: nothing was added since they arrived.
            // Stryker disable once Equality : a charge of nothing changes no time.
            if (blockedByReader > _blockedBefore)
                ChargeReader(blockedByReader - _blockedBefore, now);
        }

        Turn(next, now);
        _blockedBefore = blockedByReader;
    }

    /// <summary>Returns how the item has spent its time.</summary>
    public readonly ItemTimes ToTimes(RunClock clock) =>
        new(
            clock.Between(0, _since - _began - _run - _rare.Limit - _rare.Retry - _rare.Store - _rare.Reader - _rare.Poll),
            clock.Between(0, _rare.Limit),
            clock.Between(0, _rare.Retry),
            clock.Between(0, _rare.Store),
            clock.Between(0, _rare.Reader),
            clock.Between(0, _run),
            clock.Between(0, _rare.Poll));

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
        else if (_doing == Spending.Poll)
            _rare.Poll += ticks;
        else
            _rare.Store += ticks;
    }

    /// <summary>The sums that are zero for most items. The runtime places this struct behind the other fields.</summary>
    private struct Rare
    {
        public long Limit;
        public long Retry;
        public long Store;
        public long Reader;
        public long Poll;
    }
}
