namespace AntFlow.Dataflow;

/// <summary>The place of one item among those a tracker remembers; its first events lie beside, in <see cref="HistoryChunk.Events"/>.</summary>
/// <remarks><see cref="Enter"/> guards everything here and those events. It is held for a few instructions, and nothing is called under it.</remarks>
internal struct HistorySlot
{
    private int _gate;

    /// <summary>How many events there have been.</summary>
    public int Count;

    /// <summary>The number of the item among all the tracker has seen, plus one; 0 for a free slot.</summary>
    public long Mark;

    public TrackedRun? Run;

    /// <summary>What few items have; null if this one has none of it.</summary>
    public HistoryExtras? Extras;

    public readonly ItemId Id => Extras is { Id.IsDefault: false } extras ? extras.Id : ItemId.Automatic(Mark - 1 - Run!.FirstNumber);

    /// <summary>Whether the item has an id of its own, by which it can be looked up.</summary>
    public readonly bool HasExplicitId => Extras is { Id.IsDefault: false };

    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _gate, 1, 0) == 0)
            return;
        SpinWait spin = default;
        do
            spin.SpinOnce();
        while (Interlocked.CompareExchange(ref _gate, 1, 0) != 0);
    }

    public void Exit() => Volatile.Write(ref _gate, 0);
}
