namespace AntFlow.Dataflow;

/// <summary>The place where items wait until their next attempt is due. Pure: no lock, no timer, no clock.</summary>
internal sealed class DelayQueue
{
    private readonly ItemHeap<Due> _items = new(keepsPositions: false);
    private long _order;

    public int Count => _items.Count;

    /// <summary>The number of these items whose last call was throttled.</summary>
    public int ThrottledCount { get; private set; }

    /// <summary>When the next item is due, as a timestamp; null if no item waits.</summary>
    public long? NextDueAt => _items.TryPeek(out _, out Due due) ? due.At : null;

    public void Add(Item item, long dueAt)
    {
        if (item.Visit.IsThrottled)
            ThrottledCount++;
        _items.Add(item, new Due(dueAt, _order++));
    }

    /// <summary>Takes an item that is due.</summary>
    public bool TryTakeDue(long now, out Item item)
    {
        if (_items.TryPeek(out _, out Due due) && due.At <= now)
            return TryTakeAny(out item);
        item = null!;
        return false;
    }

    /// <summary>Takes an item, whether it is due or not.</summary>
    public bool TryTakeAny(out Item item)
    {
        if (!_items.TryTake(out item))
            return false;
        if (item.Visit.IsThrottled)
            ThrottledCount--;
        return true;
    }

    /// <summary>Returns the first few items in the order in which they are due. The cost depends on the number of returned items, not on how many wait.</summary>
    public (Item Item, long DueAt)[] GetFirst(int most) => Array.ConvertAll(_items.GetFirst(most), first => (first.Item, first.Order.At));

    /// <summary>When an item is due. Items that are due at the same time are ordered first in, first out.</summary>
    private readonly record struct Due(long At, long Order) : IComparable<Due>
    {
        public int CompareTo(Due other) => At != other.At ? At.CompareTo(other.At) : Order.CompareTo(other.Order);
    }
}
