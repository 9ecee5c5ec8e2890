namespace AntFlow.Dataflow;

/// <summary>How many items of a stage are on their way to the store, and which workers, with an item that is to go there next, wait because there are as many as may be. Guarded by the
/// lock of the stage.</summary>
/// <remarks>While a worker waits, more than half of the most are on their way: the item that leaves at half lets in as many as there is room for. So no worker waits for nothing.</remarks>
internal sealed class SavingLine
{
    private readonly Queue<WaitSlip> _waiting = new();
    private int _saving;
    private bool _isLifted;

    /// <summary>One more. False if the worker has to wait on its slip first; it is in once that is answered.</summary>
    public bool TryEnter(WaitSlip slip, int most)
    {
        // No worker overtakes those that wait.
        if (_isLifted || (_waiting.Count == 0 && _saving < most))
        {
            _saving++;
            return true;
        }

        slip.Reset();
        _waiting.Enqueue(slip);
        return false;
    }

    /// <summary>One less. Lets others in at half of the most: far fewer waits than one for each item.</summary>
    public void Leave(int most, ref Aftermath after)
    {
        if (--_saving > most / 2)
            return;
        while (_saving < most && _waiting.TryDequeue(out WaitSlip? slip))
        {
            _saving++;
            after.Tell(slip, answer: true);
        }
    }

    /// <summary>Lets every worker in, now and later: nothing is written any more, and none must wait for a write that may not end.</summary>
    public void Lift(ref Aftermath after)
    {
        _isLifted = true;
        while (_waiting.TryDequeue(out WaitSlip? slip))
        {
            // Stryker disable once Update : once it is lifted, the number decides nothing.
            _saving++;
            after.Tell(slip, answer: true);
        }
    }
}
