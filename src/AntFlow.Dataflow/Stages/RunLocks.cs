namespace AntFlow.Dataflow;

/// <summary>The locks of all stages of a run and of its results, held at the same instant: so what is counted adds up.</summary>
/// <remarks>They are entered in the order of the stages. Nothing is decided meanwhile, so nothing has to be done afterwards.</remarks>
internal readonly ref struct RunLocks
{
    private readonly IItemTarget[] _targets;

    private RunLocks(IItemTarget[] targets) => _targets = targets;

    /// <summary>Stands for the section of each of these locks, for members that may be called only in one.</summary>
#pragma warning disable CA1822 // Only while they are held.
    public LockScope Section => default;
#pragma warning restore CA1822

    /// <summary>Waits for all locks, and holds them until the returned value is disposed of.</summary>
    public static RunLocks Of(IItemTarget[] targets)
    {
        foreach (IItemTarget target in targets)
            target.EnterLock();
        return new RunLocks(targets);
    }

    public void Dispose()
    {
        for (int i = _targets.Length - 1; i >= 0; i--)
            _targets[i].ExitLock();
    }
}
