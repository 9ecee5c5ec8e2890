namespace AntFlow.Dataflow;

/// <summary>The permits without which no item starts in a pool: the limit of a stage's first task. Pure; guarded by the lock of the pool.</summary>
/// <remarks>
/// <para>A start permit is tried, never waited for: an item that gets none goes into the <see cref="HeldLine"/>, and its worker takes another one or leaves. So no worker stands at a limit, and the next permit
/// goes to the item that is the most urgent at that instant, whether it was held or has only just come.</para>
/// <para>As many items are held as there are idle workers: they are what the workers would work on, and are counted as Limited. What is behind them stays in the front. The front is looked at no further than
/// to the first item that needs a permit, or will once it was asked, and cannot be held.</para>
/// </remarks>
/// <param name="limit">How many may run the first task at once.</param>
/// <param name="asksFirst">Whether an item is asked, without a permit, whether it is to be skipped.</param>
internal sealed class StartPermits(int limit, bool asksFirst)
{
    public Permits Permits { get; } = new(limit);

    /// <summary>The items that wait for a permit.</summary>
    public HeldLine Held { get; } = new();

    /// <summary>Whether there is anything to do for one more worker: an item to start, or to hold.</summary>
    /// <param name="front">The items that wait for a worker.</param>
    /// <param name="freePlaces">How many items may start that need a place.</param>
    /// <param name="mayHold">How many more items may be held.</param>
    public bool CanTake(in PriorityFront<Item> front, int freePlaces, int mayHold) => Choose(front, freePlaces, mayHold, out _) != StartChoice.None;

    /// <summary>Chooses what is to be done next.</summary>
    /// <param name="front">The items that wait for a worker.</param>
    /// <param name="freePlaces">How many items may start that need a place.</param>
    /// <param name="mayHold">How many more items may be held.</param>
    /// <param name="item">What the choice is about. Choosing does not take it from where it is.</param>
    public StartChoice Choose(in PriorityFront<Item> front, int freePlaces, int mayHold, out Item item)
    {
        bool isThere = TakesFresh(freePlaces) ? front.TryPeek(out item, out (int Priority, long Ticket) order) : front.TryPeekReturning(out item, out order);
        if (Permits.IsOpen && Held.TryPeek(freePlaces > 0, out Item held, out (int Priority, long Ticket) heldOrder) && (!isThere || ItemOrder.IsBefore(heldOrder, order)))
        {
            item = held;
            return StartChoice.StartHeld;
        }

        if (!isThere)
            return StartChoice.None;
        if (!BeginsWithFirstTask(item))
            return StartChoice.StartFree;
        // One that is asked first may have to be held afterwards.
        bool mayGoOn = Permits.IsOpen || mayHold > 0;
        return !mayGoOn ? StartChoice.None
            : asksFirst && !item.Visit.WasAsked ? StartChoice.StartFree
            : Permits.IsOpen ? StartChoice.Start
            : StartChoice.Hold;
    }

    /// <summary>Whether items that need a place are taken from the front. Those that are held will need one each as well; but while a permit is free, the more urgent item goes first.</summary>
    public bool TakesFresh(int freePlaces) => freePlaces > (Permits.IsOpen ? 0 : Held.FreshCount);

    /// <summary>Takes a permit for the item in a worker's hands, unless there is none, or another item should have it.</summary>
    /// <param name="item">The item.</param>
    /// <param name="freePlaces">How many items may start that need a place.</param>
    public bool TryTake(Item item, int freePlaces) =>
        (!Held.TryPeek(freePlaces > 0, out _, out (int Priority, long Ticket) order) || ItemOrder.IsBefore(ItemOrder.Of(item), order)) && Permits.TryTake();

    private static bool BeginsWithFirstTask(Item item) => item.Visit.TaskIndex == 0 && !item.Visit.IsSaved;
}

/// <summary>What is to be done with the next item of a pool that has start permits.</summary>
internal enum StartChoice
{
    /// <summary>Nothing: no item may start.</summary>
    None,

    /// <summary>It starts, from the front, with a permit.</summary>
    Start,

    /// <summary>It starts, from the front, and needs no permit.</summary>
    StartFree,

    /// <summary>It starts, from the line, with a permit.</summary>
    StartHeld,

    /// <summary>It goes from the front into the line.</summary>
    Hold,
}
