namespace AntFlow.Dataflow;

/// <summary>How many items of a stage are on their way to the store, and which workers wait because they are too many. Guarded by the lock of the stage.</summary>
internal sealed class SavingLine
{
    private readonly List<WaitSlip> _workers = [];
    private int _saving;

    /// <summary>One more. True if the worker has to wait on its slip.</summary>
    public bool Enter(WaitSlip slip, int most)
    {
        if (++_saving < most)
            return false;
        slip.Reset();
        _workers.Add(slip);
        return true;
    }

    /// <summary>One less. Frees everybody at half of the most: far fewer waits than one for each item.</summary>
    public void Leave(int most, ref Aftermath after)
    {
        if (--_saving <= most / 2)
            ReleaseAll(ref after);
    }

    /// <summary>Frees everybody.</summary>
    public void ReleaseAll(ref Aftermath after)
    {
        foreach (WaitSlip slip in _workers)
            after.Tell(slip, answer: true);
        _workers.Clear();
    }
}
