namespace AntFlow.Dataflow;

/// <summary>A fixed number of permits, each given to one holder at a time. Pure; guarded by the lock of the pool.</summary>
internal sealed class Permits(int limit)
{
    public int Limit { get; } = limit;

    public int InUse { get; private set; }

    /// <summary>Whether a permit is free.</summary>
    public bool IsAvailable => InUse < Limit;

    /// <summary>Takes a permit, if one is free.</summary>
    public bool TryTake()
    {
        if (!IsAvailable)
            return false;
        InUse++;
        return true;
    }

    public void GiveBack() => InUse--;
}
