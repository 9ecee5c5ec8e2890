namespace AntFlow.Dataflow;

/// <summary>What a <see cref="SourceHalf{T}"/> tells the block it is half of.</summary>
internal interface ISourceOwner
{
    /// <summary>So many items left the half, taken by targets or receivers. Called outside the locks of the half (unless the item is consumed or
    /// received from inside an offer), by whoever took them; it must be quick and not throw.</summary>
    void ItemsLeft(int count);

    /// <summary>So many items were dropped by <see cref="SourceHalf{T}.Fault"/> or <see cref="SourceHalf{T}.Cancel"/>; each item either leaves or is dropped, once. Their
    /// room is for nobody, since the block is ending; but who waits for it must be woken. Called outside the locks of the half; it must be quick and not throw.</summary>
    void ItemsDropped(int count);

    /// <summary>A linked target or its predicate threw when an item was offered, or the scheduler refused the offering loop. The item is still held. Called outside
    /// the locks. A block usually faults: offering pauses until something else starts it again.</summary>
    void OfferingFailed(Exception error);
}
