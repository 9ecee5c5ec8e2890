namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Tracks how many bytes of a run are being saved, and which workers and feeders wait because their bytes do not fit. Pure.</summary>
/// <remarks>First come, first served: a value that fits does not overtake waiting ones. A value above the limit is admitted when nothing else is being saved, and is then alone. The first
/// waiter therefore always waits for something that is being saved, and nothing waits while nothing is being saved.</remarks>
internal sealed class SavingBudget(long most)
{
    private readonly Queue<(Waiter Slip, long Bytes)> _waiting = new();
    private bool _isLifted;

    /// <summary>How many bytes are being saved.</summary>
    public long InUse { get; private set; }

    /// <summary>Takes room for the given number of bytes. False if the holder of the waiter has to wait on it first; it has the room once the waiter is answered with true.</summary>
    public bool TryTake(Waiter waiter, long bytes)
    {
        if (_isLifted || (_waiting.Count == 0 && Fits(bytes)))
        {
            InUse += bytes;
            return true;
        }

        waiter.Reset();
        _waiting.Enqueue((waiter, bytes));
        return false;
    }

    /// <summary>Returns room, and admits the waiters that fit by then.</summary>
    public void GiveBack(long bytes, ref PostLockActions after)
    {
        InUse -= bytes;
        LetIn(ref after);
    }

    /// <summary>Removes a waiter that no longer wants to wait; the next one may fit where it did not. False if it is not waiting: then it has the room.</summary>
    public bool TryRemove(Waiter waiter, ref PostLockActions after)
    {
        bool isFound = false;
        for (int left = _waiting.Count; left > 0; left--)
        {
            (Waiter Slip, long Bytes) next = _waiting.Dequeue();
            if (ReferenceEquals(next.Slip, waiter))
                isFound = true;
            else
                _waiting.Enqueue(next);
        }

        LetIn(ref after);
        return isFound;
    }

    /// <summary>Admits all waiters, now and later: nothing is written any more, and nothing must wait for room that may never become free.</summary>
    public void Lift(ref PostLockActions after)
    {
        _isLifted = true;
        LetIn(ref after);
    }

    private bool Fits(long bytes) => _isLifted || InUse == 0 || bytes <= most - InUse;

    private void LetIn(ref PostLockActions after)
    {
        while (_waiting.TryPeek(out (Waiter Slip, long Bytes) first) && Fits(first.Bytes))
        {
            _waiting.Dequeue();
            InUse += first.Bytes;
            after.CompleteWait(first.Slip, answer: true);
        }
    }
}
