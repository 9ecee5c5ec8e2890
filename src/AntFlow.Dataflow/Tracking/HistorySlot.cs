namespace AntFlow.Dataflow;

/// <summary>The slot of one item among those that a tracker remembers. Its first events are in <see cref="HistoryChunk.Events"/>.</summary>
/// <remarks>
/// <para><see cref="Enter"/> guards all fields and the events, with one exception: an item that has taken the places of its slot writes its first events there without entering. The places belong
/// to it until it ends (<see cref="IsOccupied"/>), even if a newer item has taken the slot by then; that item stores its events elsewhere.</para>
/// <para>The gate is held for a few instructions, and nothing is called under it.</para>
/// </remarks>
internal struct HistorySlot
{
    private int _lock;
    private bool _isOccupied;

    /// <summary>Whether the item in the slot has the places of the slot.</summary>
    public bool HasPlaces;

    /// <summary>Whether the places belong to an item that was forgotten before it had ended. It is counted by what it writes there, until a newer item takes the places.</summary>
    public bool HasForgotten;

    /// <summary>The number of events that were written within the gate.</summary>
    public int Count;

    /// <summary>The number of the item among all items that the tracker has seen, plus one; 0 for a free slot.</summary>
    public long Mark;

    public TrackedRun? Run;

    /// <summary>Data that not every item has; null if this one has none of it.</summary>
    public HistoryExtras? Extras;

    /// <summary>Whether an item that has not ended writes to the places of the slot.</summary>
    public bool IsOccupied
    {
        get => Volatile.Read(ref _isOccupied);
        set => Volatile.Write(ref _isOccupied, value);
    }

    public readonly ItemId Id => HasExplicitId ? Extras!.Id : ItemId.Automatic(Mark - 1 - Run!.FirstNumber);

    /// <summary>Whether the item has an explicit id by which it can be looked up.</summary>
    public readonly bool HasExplicitId => Extras is { Id.IsDefault: false };

    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _lock, 1, 0) == 0)
            return;
        SpinWait spin = default;
        do
            spin.SpinOnce();
        while (Interlocked.CompareExchange(ref _lock, 1, 0) != 0);
    }

    public void Exit() => Volatile.Write(ref _lock, 0);
}
