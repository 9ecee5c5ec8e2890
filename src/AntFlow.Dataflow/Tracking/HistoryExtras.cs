namespace AntFlow.Dataflow;

/// <summary>Data that not every item has: an explicit id, metadata, errors, and more events than an item without failures has.</summary>
internal sealed class HistoryExtras
{
    /// <summary>The explicit id; the default id for none.</summary>
    public ItemId Id { get; init; }

    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>The errors, by the index of their event.</summary>
    public Dictionary<int, Exception>? Errors { get; set; }

    /// <summary>The events that do not fit into the places of the slot.</summary>
    public PackedEvent[] Events { get; private set; } = [];

    /// <summary>The mark of an earlier item of the same id; 0 for none. Guarded by the lock of the tracker.</summary>
    public long Earlier { get; set; }

    public void Write(int place, in ItemMoment moment, int maxEvents)
    {
        if (place == Events.Length)
        {
            PackedEvent[] events = Events;
            Array.Resize(ref events, Math.Min(Math.Max(place * 2, 4), maxEvents));
            Events = events;
        }

        Events[place].Write(moment);
    }
}
