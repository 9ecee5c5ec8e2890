namespace AntFlow.Dataflow;

/// <summary>The place of one item among those a tracker remembers; its first events lie beside, in <see cref="HistoryChunk.Events"/>.</summary>
/// <remarks>
/// <para><see cref="Enter"/> guards everything here, and the events but for one thing: an item that has taken the places beside its slot writes its first events there without
/// entering. They are its own until it ends (<see cref="IsOccupied"/>), also if a newer item has taken the slot by then: that one keeps its events elsewhere.</para>
/// <para>The gate is held for a few instructions, and nothing is called under it.</para>
/// </remarks>
internal struct HistorySlot
{
    private int _gate;
    private bool _isOccupied;

    /// <summary>Whether the item in the slot has the places beside it.</summary>
    public bool HasPlaces;

    /// <summary>Whether the places beside the slot are those of an item that was forgotten before it had ended. It is counted by what it writes there, until a newer item takes them.</summary>
    public bool HasForgotten;

    /// <summary>How many events there have been, as far as they were written within the gate.</summary>
    public int Count;

    /// <summary>The number of the item among all the tracker has seen, plus one; 0 for a free slot.</summary>
    public long Mark;

    public TrackedRun? Run;

    /// <summary>What not every item has; null if this one has none of it.</summary>
    public HistoryExtras? Extras;

    /// <summary>Whether some item that has not ended writes to the places beside the slot.</summary>
    public bool IsOccupied
    {
        get => Volatile.Read(ref _isOccupied);
        set => Volatile.Write(ref _isOccupied, value);
    }

    public readonly ItemId Id => HasExplicitId ? Extras!.Id : ItemId.Automatic(Mark - 1 - Run!.FirstNumber);

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
