namespace AntFlow.Dataflow;

/// <summary>Keeps the envelopes of finished items for new ones, so that a long run allocates none.</summary>
/// <remarks>A stack without a lock: workers push one envelope each, and a feeder takes all there are at once, which leaves nothing that could be mistaken for what it
/// was before. Abandoned items never come back here: their late body may still write to them.</remarks>
internal sealed class ItemPool
{
    private const int MaxKept = 4096;

    private Item? _top;

    /// <summary>Takes an envelope.</summary>
    /// <param name="spare">The envelopes the caller took before and has not used yet.</param>
    public Item Rent(ref Item? spare)
    {
        Item? item = spare ?? Interlocked.Exchange(ref _top, null);
        if (item is null)
            return new Item();
        spare = item.NextInPool;
        item.NextInPool = null;
        return item;
    }

    /// <summary>Gives back what a caller has not used. Left to the collector if others have come back in the meantime.</summary>
    public void ReturnSpare(Item? spare)
    {
        if (spare is not null)
            Interlocked.CompareExchange(ref _top, spare, null);
    }

    public void Return(Item item)
    {
        item.Clear();
        Item? top = Volatile.Read(ref _top);
        while (true)
        {
            item.DepthInPool = top is null ? 1 : top.DepthInPool + 1;
            if (item.DepthInPool > MaxKept)
                return;
            item.NextInPool = top;
            Item? found = Interlocked.CompareExchange(ref _top, item, top);
            if (found == top)
                return;
            top = found;
        }
    }
}
