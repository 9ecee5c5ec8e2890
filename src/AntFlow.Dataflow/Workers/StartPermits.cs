namespace AntFlow.Dataflow;

/// <summary>The permits without which no item starts in a pool: the limit of a stage's first task. Pure; guarded by the lock of the pool.</summary>
/// <remarks>
/// <para>A start permit is tried, never waited for: an item that gets none goes into the <see cref="DeferredItems"/>, and its worker takes another item or leaves. So no worker waits at a limit, and the next permit
/// goes to the item that is the most urgent at that instant, whether it was held or has only just arrived.</para>
/// <para>As many items are held as there are idle workers: they are what the workers would process, and are counted as Limited. The items behind them stay in the front. The front is examined only up
/// to the first item that needs a permit, or will need one once its predicate was called, and cannot be held.</para>
/// </remarks>
/// <param name="limit">How many items may run the first task at once.</param>
/// <param name="asksFirst">Whether, without a permit, a predicate is first asked whether the item is to be skipped.</param>
internal sealed class StartPermits(int limit, bool asksFirst)
{
    public Permits Permits { get; } = new(limit);

    /// <summary>The items that wait for a permit.</summary>
    public DeferredItems Deferred { get; } = new();

    /// <summary>Returns whether there is anything to do for one more worker: an item to start, or to hold.</summary>
    /// <param name="queue">The items that wait for a worker.</param>
    /// <param name="freePlaces">How many items that need a place may start.</param>
    /// <param name="mayHold">How many more items may be held.</param>
    public bool CanTake(in BucketPriorityQueue<Item> queue, int freePlaces, int mayHold) => Choose(queue, freePlaces, mayHold, out _) != StartChoice.None;

    /// <summary>Chooses what to do next.</summary>
    /// <param name="queue">The items that wait for a worker.</param>
    /// <param name="freePlaces">How many items that need a place may start.</param>
    /// <param name="mayHold">How many more items may be held.</param>
    /// <param name="item">The item the choice is about. Choosing does not take it from where it is.</param>
    public StartChoice Choose(in BucketPriorityQueue<Item> queue, int freePlaces, int mayHold, out Item item)
    {
        bool isThere = TakesFresh(freePlaces) ? queue.TryPeek(out item, out (int Priority, long Ticket) order) : queue.TryPeekReturning(out item, out order);
        if (Permits.IsAvailable && Deferred.TryPeek(freePlaces > 0, out Item held, out (int Priority, long Ticket) heldOrder) && (!isThere || ItemOrder.IsBefore(heldOrder, order)))
        {
            item = held;
            return StartChoice.StartDeferred;
        }

        if (!isThere)
            return StartChoice.None;
        if (!BeginsWithFirstTask(item))
            return StartChoice.StartFree;
        // An item whose predicate is asked first may have to be held afterwards.
        bool mayGoOn = Permits.IsAvailable || mayHold > 0;
        return !mayGoOn ? StartChoice.None
            : asksFirst && !item.Visit.WasAsked ? StartChoice.StartFree
            : Permits.IsAvailable ? StartChoice.Start
            : StartChoice.Defer;
    }

    /// <summary>Returns whether items that need a place are taken from the front. The held items will each need one as well; but while a permit is free, the more urgent item goes first.</summary>
    public bool TakesFresh(int freePlaces) => freePlaces > (Permits.IsAvailable ? 0 : Deferred.FreshCount);

    /// <summary>Takes a permit for the worker's item, unless there is none, or another item should have it.</summary>
    /// <param name="item">The item.</param>
    /// <param name="freePlaces">How many items that need a place may start.</param>
    public bool TryTake(Item item, int freePlaces) =>
        (!Deferred.TryPeek(freePlaces > 0, out _, out (int Priority, long Ticket) order) || ItemOrder.IsBefore(ItemOrder.Of(item), order)) && Permits.TryTake();

    private static bool BeginsWithFirstTask(Item item) => item.Visit.TaskIndex == 0 && !item.Visit.IsSaved;
}

/// <summary>What to do with the next item of a pool that has start permits.</summary>
internal enum StartChoice
{
    /// <summary>Nothing: no item may start.</summary>
    None,

    /// <summary>The item starts, from the front, with a permit.</summary>
    Start,

    /// <summary>The item starts, from the front, and needs no permit.</summary>
    StartFree,

    /// <summary>The item starts, from the line, with a permit.</summary>
    StartDeferred,

    /// <summary>The item goes from the front into the line.</summary>
    Defer,
}
