namespace AntFlow.Dataflow;

/// <summary>The number of items of a stage that are on their way to the store, and the workers that wait with the next item because the limit is reached. Guarded by the
/// lock of the stage.</summary>
/// <remarks>While a worker waits, more than half of the limit are on their way: the item that leaves at half lets in as many as there is room for. So every wait ends.</remarks>
internal sealed class SavingLimit
{
    private readonly Queue<Waiter> _waiting = new();
    private int _saving;
    private bool _isLifted;

    /// <summary>Counts an item in. Returns false if the worker first has to wait on its waiter; the item is counted in once the waiter is answered.</summary>
    public bool TryAcquire(Waiter waiter, int most)
    {
        // A worker never overtakes those that wait.
        if (_isLifted || (_waiting.Count == 0 && _saving < most))
        {
            _saving++;
            return true;
        }

        waiter.Reset();
        _waiting.Enqueue(waiter);
        return false;
    }

    /// <summary>Counts an item out. Lets others in when half of the limit is reached: far fewer waits than one for each item.</summary>
    public void Leave(int most, ref PostLockActions after)
    {
        if (--_saving > most / 2)
            return;
        while (_saving < most && _waiting.TryDequeue(out Waiter? waiter))
        {
            _saving++;
            after.CompleteWait(waiter, answer: true);
        }
    }

    /// <summary>Lets every worker in, now and later: nothing is written any more, and no worker must wait for a write that may not end.</summary>
    public void Lift(ref PostLockActions after)
    {
        _isLifted = true;
        while (_waiting.TryDequeue(out Waiter? waiter))
        {
            // Stryker disable once Update : once the limit is lifted, the number decides nothing.
            _saving++;
            after.CompleteWait(waiter, answer: true);
        }
    }
}
