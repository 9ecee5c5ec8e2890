namespace AntFlow.Dataflow.Checkpoints;

/// <summary>How many bytes of a run are on their way to the store, and which workers and feeders, each with the bytes it holds, wait because these do not fit. Pure.</summary>
/// <remarks>First come, first served: what fits does not overtake what waits. A value above the bound is let in when nothing else is on its way, and is alone then. So the first that
/// waits always waits for something that is on its way, and nothing waits while nothing is.</remarks>
internal sealed class SavingBudget(long most)
{
    private readonly Queue<(WaitSlip Slip, long Bytes)> _waiting = new();
    private bool _isLifted;

    /// <summary>How many bytes are on their way.</summary>
    public long Held { get; private set; }

    /// <summary>Takes room for so many bytes. False if the holder of the slip has to wait on it first; it has the room once the slip is answered with true.</summary>
    public bool TryTake(WaitSlip slip, long bytes)
    {
        if (_isLifted || (_waiting.Count == 0 && Fits(bytes)))
        {
            Held += bytes;
            return true;
        }

        slip.Reset();
        _waiting.Enqueue((slip, bytes));
        return false;
    }

    /// <summary>Gives room back, which lets in those that fit by then.</summary>
    public void GiveBack(long bytes, ref Aftermath after)
    {
        Held -= bytes;
        LetIn(ref after);
    }

    /// <summary>Takes one off the line that does not want to wait any longer; the next one may fit where it did not. False if it is not in the line: it has the room.</summary>
    public bool TryRemove(WaitSlip slip, ref Aftermath after)
    {
        bool isFound = false;
        for (int left = _waiting.Count; left > 0; left--)
        {
            (WaitSlip Slip, long Bytes) next = _waiting.Dequeue();
            if (ReferenceEquals(next.Slip, slip))
                isFound = true;
            else
                _waiting.Enqueue(next);
        }

        LetIn(ref after);
        return isFound;
    }

    /// <summary>Lets all in, now and later: nothing is written any more, and nothing must wait for what may not come.</summary>
    public void Lift(ref Aftermath after)
    {
        _isLifted = true;
        LetIn(ref after);
    }

    private bool Fits(long bytes) => _isLifted || Held == 0 || bytes <= most - Held;

    private void LetIn(ref Aftermath after)
    {
        while (_waiting.TryPeek(out (WaitSlip Slip, long Bytes) first) && Fits(first.Bytes))
        {
            _waiting.Dequeue();
            Held += first.Bytes;
            after.Tell(first.Slip, answer: true);
        }
    }
}
