namespace AntFlow.Dataflow;

/// <summary>A heap of items; the least one comes first. A pure data structure: no lock, no clock.</summary>
/// <remarks>An item is in one heap at a time. This is not the heap of the framework, because the first few items must be readable without a copy of all items: a million may wait.</remarks>
/// <typeparam name="TOrder">The type of the order. No two orders are equal.</typeparam>
/// <param name="keepsPositions">Whether each item stores its position, so that any item can be removed. Where many items wait, each step through the heap would then fetch an item from memory.</param>
internal sealed class ItemHeap<TOrder>(bool keepsPositions)
    where TOrder : struct, IComparable<TOrder>
{
    private const int Branches = 4;

    private Node[] _nodes = [];

    public int Count { get; private set; }

    /// <summary>All items, in no particular order.</summary>
    public IEnumerable<Item> Items => _nodes.Take(Count).Select(node => node.Item);

    public void Add(Item item, TOrder order)
    {
        if (Count == _nodes.Length)
            Array.Resize(ref _nodes, Math.Max(Branches, Count * 2));
        Rise(Count++, new Node(item, order));
    }

    /// <summary>Returns the first item without removing it.</summary>
    public bool TryPeek(out Item item, out TOrder order)
    {
        (item, order) = Count == 0 ? default : _nodes[0];
        return Count > 0;
    }

    /// <summary>Removes and returns the first item.</summary>
    public bool TryTake(out Item item)
    {
        item = null!;
        if (Count == 0)
            return false;
        item = _nodes[0].Item;
        RemoveAt(0);
        return true;
    }

    /// <summary>Removes an item, from a heap that keeps positions. Returns false if it is not in the heap.</summary>
    public bool Remove(Item item)
    {
        int index = item.HeapIndex - 1;
        if (index < 0 || index >= Count || _nodes[index].Item != item)
            return false;
        RemoveAt(index);
        return true;
    }

    /// <summary>Returns the first few items, in order. The cost depends on the number of returned items, not on the size of the heap.</summary>
    public (Item Item, TOrder Order)[] GetFirst(int most)
    {
        var first = new (Item Item, TOrder Order)[Math.Min(most, Count)];
        List<int> next = [0];
        for (int found = 0; found < first.Length; found++)
        {
            int best = 0;
            for (int i = 1; i < next.Count; i++)
            {
                if (_nodes[next[i]].IsBefore(_nodes[next[best]]))
                    best = i;
            }

            int index = next[best];
            first[found] = (_nodes[index].Item, _nodes[index].Order);
            next.RemoveAt(best);
            for (int child = (index * Branches) + 1; child <= (index * Branches) + Branches && child < Count; child++)
                next.Add(child);
        }

        return first;
    }

    private void RemoveAt(int index)
    {
        if (keepsPositions)
            _nodes[index].Item.HeapIndex = 0;
        Node last = _nodes[--Count];
        _nodes[Count] = default;
        if (index == Count)
            return;
        if (index > 0 && last.IsBefore(_nodes[(index - 1) / Branches]))
            Rise(index, last);
        else
            Sink(index, last);
    }

    private void Rise(int index, in Node node)
    {
        while (index > 0)
        {
            int parent = (index - 1) / Branches;
            if (!node.IsBefore(_nodes[parent]))
                break;
            Put(index, _nodes[parent]);
            index = parent;
        }

        Put(index, node);
    }

    private void Sink(int index, in Node node)
    {
        while ((index * Branches) + 1 < Count)
        {
            int first = (index * Branches) + 1;
            int least = first;
            for (int child = first + 1; child < Math.Min(first + Branches, Count); child++)
            {
                if (_nodes[child].IsBefore(_nodes[least]))
                    least = child;
            }

            if (!_nodes[least].IsBefore(node))
                break;
            Put(index, _nodes[least]);
            index = least;
        }

        Put(index, node);
    }

    private void Put(int index, in Node node)
    {
        _nodes[index] = node;
        if (keepsPositions)
            node.Item.HeapIndex = index + 1;
    }

    private readonly record struct Node(Item Item, TOrder Order)
    {
        public bool IsBefore(in Node other) => Order.CompareTo(other.Order) < 0;
    }
}
