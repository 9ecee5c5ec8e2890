namespace AntFlow.Dataflow;

/// <summary>What not every item has: an id of its own, metadata, errors, more events than an item that fails nowhere.</summary>
internal sealed class HistoryExtras
{
    /// <summary>The id the user gave; the default for none.</summary>
    public ItemId Id { get; init; }

    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>Errors by the place of their event.</summary>
    public Dictionary<int, Exception>? Errors { get; set; }

    /// <summary>The events for which there is no place beside the slot.</summary>
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
