namespace AntFlow.Dataflow;

/// <summary>Items that may not start: a start permit was refused to them, or they are suspects beside others that run. They keep no worker while they wait. In (priority, ticket) order. Pure; guarded by the lock of the pool.</summary>
/// <remarks>Items that already hold a place are kept apart from those that need one: they may start when no place is free.</remarks>
internal sealed class DeferredItems
{
    private readonly ItemHeap<(int Priority, long Ticket)> _fresh = new(keepsPositions: true);
    private readonly ItemHeap<(int Priority, long Ticket)> _placed = new(keepsPositions: true);

    public int Count => _fresh.Count + _placed.Count;

    /// <summary>The number of items that need a place.</summary>
    public int FreshCount => _fresh.Count;

    /// <summary>All items, in no order.</summary>
    public IEnumerable<Item> Items => _fresh.Items.Concat(_placed.Items);

    public void Add(Item item) => HeapOf(item).Add(item, ItemOrder.Of(item));

    /// <summary>Returns the most urgent item without taking it.</summary>
    /// <param name="freshToo">Whether to include items that need a place.</param>
    /// <param name="item">The item.</param>
    /// <param name="order">Its place in the order.</param>
    public bool TryPeek(bool freshToo, out Item item, out (int Priority, long Ticket) order)
    {
        bool isThere = _placed.TryPeek(out item, out order);
        if (!freshToo || !_fresh.TryPeek(out Item fresh, out (int Priority, long Ticket) freshOrder) || (isThere && ItemOrder.IsBefore(order, freshOrder)))
            return isThere;
        (item, order) = (fresh, freshOrder);
        return true;
    }

    /// <summary>Takes out an item. Returns false if it is not here.</summary>
    public bool Remove(Item item) => HeapOf(item).Remove(item);

    private ItemHeap<(int Priority, long Ticket)> HeapOf(Item item) => item.Visit.HoldsPlace ? _placed : _fresh;
}
