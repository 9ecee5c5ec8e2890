namespace AntFlow.Dataflow;

/// <summary>The callbacks of a <see cref="SourceHalf{T}"/> to the block that it is a half of.</summary>
internal interface ISourceOwner
{
    /// <summary>Called when items have left the half, taken by targets or receivers. Called outside the locks of the half (unless the item is consumed or
    /// received from inside an offer), on the thread that took them. The implementation must be quick and must not throw.</summary>
    void ItemsLeft(int count);

    /// <summary>Called when items were dropped by <see cref="SourceHalf{T}.Fault"/> or <see cref="SourceHalf{T}.Cancel"/>; each item either leaves or is dropped, once. Their
    /// room is not reused, since the block is ending; but what waits for it must be woken. Called outside the locks of the half. The implementation must be quick and must not throw.</summary>
    void ItemsDropped(int count);

    /// <summary>Called when a linked target or its predicate threw as an item was offered, or when the scheduler refused the offering loop. The item is still held. Called outside
    /// the locks. A block usually faults then: offering pauses until something else starts it again.</summary>
    void OfferingFailed(Exception error);
}
