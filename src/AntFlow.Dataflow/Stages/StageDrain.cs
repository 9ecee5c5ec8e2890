namespace AntFlow.Dataflow;

/// <summary>Once a run is closing, removes the items that may not continue from a front, two waiting rooms and lines of items that may not start. Pure.</summary>
internal static class StageDrain
{
    /// <summary>Removes the items that may not continue; the others stay in their places.</summary>
    /// <returns>How many of the <paramref name="ended"/> items held a place.</returns>
    public static int Drain(ref BucketPriorityQueue<Item> queue, DelayQueue waiting, DelayQueue polling, ReadOnlySpan<DeferredItems> lines, Closing closing, List<Item> ended)
    {
        List<Item> kept = [];
        while (queue.TryDequeue(out Item item))
            (closing.MayGoOn(item) ? kept : ended).Add(item);
        // Nothing is retried any more.
        while (waiting.TryTakeAny(out Item item))
            ended.Add(item);
        // A look finishes nothing by itself: it is part of an item that continues to its end.
        while (closing != Closing.AfterItem && polling.TryTakeAny(out Item item))
            ended.Add(item);
        foreach (DeferredItems items in lines)
            Drain(items, closing, ended);

        foreach (Item item in kept)
        {
            // An item that comes from the store holds no place, although it has an old ticket.
            if (item.Visit.HoldsPlace || item.Visit.IsSaved)
                queue.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
            else
                queue.Enqueue(item, item.Priority, item.Visit.Ticket);
        }

        return ended.Count(item => item.Visit.HoldsPlace);
    }

    private static void Drain(DeferredItems items, Closing closing, List<Item> ended)
    {
        foreach (Item item in items.Items.Where(item => !closing.MayGoOn(item)).OrderBy(ItemOrder.Of).ToList())
        {
            items.Remove(item);
            item.Record?.Quarantined = null;
            ended.Add(item);
        }
    }
}
