namespace AntFlow.Dataflow;

/// <summary>Slots and the places of their first events. Two arrays for many items: nothing is allocated an item.</summary>
/// <remarks>They live long: pinned arrays are where the collector never copies anything.</remarks>
internal sealed class HistoryChunk(int eventsPerSlot)
{
    public const int Size = 256;

    public HistorySlot[] Slots { get; } = GC.AllocateArray<HistorySlot>(Size, pinned: true);

    public PackedEvent[] Events { get; } = GC.AllocateArray<PackedEvent>(Size * eventsPerSlot, pinned: true);

    /// <summary>The places beside a slot.</summary>
    public Span<PackedEvent> EventsOf(int position) => Events.AsSpan(position * eventsPerSlot, eventsPerSlot);

    /// <summary>The status of the last event beside a slot, of an item whose events are all there.</summary>
    public ItemStatus LastStatusBeside(int position)
    {
        ItemStatus status = ItemStatus.Queued;
        foreach (ref PackedEvent e in EventsOf(position))
        {
            if (!e.IsThere)
                break;
            status = e.Status;
        }

        return status;
    }
}
