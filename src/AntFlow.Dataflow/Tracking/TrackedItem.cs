namespace AntFlow.Dataflow;

/// <summary>The state that a tracker keeps of an item that has not ended: whether it has received events of it, how many, and where it writes them. Created once per envelope and reused for later
/// items.</summary>
internal sealed class TrackedItem
{
    /// <summary>The number of the item in its run; -1 for none.</summary>
    public long Number { get; private set; } = -1;

    public ItemId Id { get; private set; }

    public IReadOnlyDictionary<string, object?>? Metadata { get; private set; }

    public bool IsTracked { get; set; }

    public int Events { get; set; }

    public HistoryChunk? Chunk { get; set; }

    public int Position { get; set; }

    /// <summary>The status of the last event that was recorded within the gate of the slot. Used only for an item without places of its own, all of whose events are recorded there.</summary>
    public ItemStatus LastStatus { get; set; }

    /// <summary>Resets the state for another item.</summary>
    public TrackedItem Begin(long number, ItemId id, IReadOnlyDictionary<string, object?>? metadata)
    {
        Number = number;
        Id = id;
        Metadata = metadata is { Count: > 0 } ? metadata : null;
        IsTracked = false;
        Events = 0;
        Chunk = null;
        return this;
    }
}
