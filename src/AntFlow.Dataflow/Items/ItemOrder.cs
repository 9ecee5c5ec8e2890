namespace AntFlow.Dataflow;

/// <summary>The order in which items of a pool start: by priority, and for equal priorities by ticket. Tickets are unique in a pool, so no two items are equal.</summary>
internal static class ItemOrder
{
    public static (int Priority, long Ticket) Of(Item item) => (item.Priority, item.Visit.Ticket);

    public static bool IsBefore((int Priority, long Ticket) first, (int Priority, long Ticket) second) => first.CompareTo(second) < 0;
}
