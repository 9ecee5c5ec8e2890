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

/// <summary>What an item has spent its time with. Made with the envelope, and recycled with it.</summary>
/// <remarks>Only the owner of the item writes. The times are timestamps of the run's clock; each moment is charged to what the item was doing since the one before it, so that they add up.</remarks>
internal sealed class ItemWatch
{
    private Spending _doing;
    private long _since;
    private long _queue;
    private long _limit;
    private long _retry;
    private long _store;
    private long _reader;
    private long _run;
    private long _heldBefore;

    /// <summary>The item was accepted, and waits.</summary>
    /// <param name="now">When.</param>
    /// <param name="heldByReader">How long the reader has held the workers of the stage until now.</param>
    public void Begin(long now, long heldByReader)
    {
        _doing = Spending.Queue;
        _since = now;
        _queue = _limit = _retry = _store = _reader = _run = 0;
        _heldBefore = heldByReader;
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
        Charge(passed);
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
            long forReader = Math.Clamp(heldByReader - _heldBefore, 0, PassedUntil(now));
            _reader += forReader;
            _since += forReader;
        }

        Turn(next, now);
        _heldBefore = heldByReader;
    }

    /// <summary>What it has spent its time with.</summary>
    public ItemTimes ToTimes(RunClock clock) =>
        new(clock.Between(0, _queue), clock.Between(0, _limit), clock.Between(0, _retry), clock.Between(0, _store), clock.Between(0, _reader), clock.Between(0, _run));

    private long PassedUntil(long now) => Math.Max(0, now - _since);

    private void Charge(long ticks)
    {
        switch (_doing)
        {
            case Spending.Queue:
                _queue += ticks;
                break;
            case Spending.Limit:
                _limit += ticks;
                break;
            case Spending.Retry:
                _retry += ticks;
                break;
            case Spending.Store:
                _store += ticks;
                break;
            default:
                _run += ticks;
                break;
        }
    }
}
