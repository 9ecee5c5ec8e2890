namespace AntFlow.Dataflow;

/// <summary>A chunk of slots with the places of their first events. Two arrays hold many items, so nothing is allocated per item.</summary>
/// <remarks>The arrays are long-lived: pinned arrays are allocated where the garbage collector never copies them.</remarks>
internal sealed class HistoryChunk(int eventsPerSlot)
{
    public const int Size = 256;

    public HistorySlot[] Slots { get; } = GC.AllocateArray<HistorySlot>(Size, pinned: true);

    public PackedEvent[] Events { get; } = GC.AllocateArray<PackedEvent>(Size * eventsPerSlot, pinned: true);

    /// <summary>The places of a slot.</summary>
    public Span<PackedEvent> EventsOf(int position) => Events.AsSpan(position * eventsPerSlot, eventsPerSlot);

    /// <summary>Returns the status of the last event in the places of a slot, of an item whose events are all there.</summary>
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
