namespace AntFlow.Dataflow;

/// <summary>What a tracker knows of an item that has not ended: whether it has heard of it, how often, and where it writes. Made once an envelope, and used again for the items to come.</summary>
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

    /// <summary>The status of the last event that was told within the gate of its slot. Of use only to an item without places of its own, all of whose events are.</summary>
    public ItemStatus LastStatus { get; set; }

    /// <summary>Becomes another item.</summary>
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
