namespace AntFlow.Dataflow;

/// <summary>Where items wait until their next attempt is due. A pure heap by due time: no lock, no timer, no clock.</summary>
/// <remarks>A heap of its own, because the first few can be looked at without a copy of the whole: a million may wait.</remarks>
internal sealed class WaitingRoom
{
    private const int Branches = 4;

    private Place[] _heap = [];
    private long _order;

    public int Count { get; private set; }

    /// <summary>How many of them were throttled at their last call.</summary>
    public int ThrottledCount { get; private set; }

    /// <summary>When the next item is due, as a timestamp; null if nobody waits.</summary>
    public long? NextDueAt => Count == 0 ? null : _heap[0].DueAt;

    public void Add(Item item, long dueAt)
    {
        if (Count == _heap.Length)
            Array.Resize(ref _heap, Math.Max(Branches, Count * 2));
        if (item.Visit.IsThrottled)
            ThrottledCount++;
        Rise(Count++, new Place(item, dueAt, _order++));
    }

    /// <summary>Takes an item that is due.</summary>
    public bool TryTakeDue(long now, out Item item)
    {
        if (Count > 0 && _heap[0].DueAt <= now)
            return TryTakeAny(out item);
        item = null!;
        return false;
    }

    /// <summary>Takes an item, due or not.</summary>
    public bool TryTakeAny(out Item item)
    {
        item = null!;
        if (Count == 0)
            return false;
        item = _heap[0].Item;
        if (item.Visit.IsThrottled)
            ThrottledCount--;
        Place last = _heap[--Count];
        _heap[Count] = default;
        if (Count > 0)
            Sink(last);
        return true;
    }

    /// <summary>The first few, in the order in which they are due. What it costs depends on their number, not on how many wait.</summary>
    public (Item Item, long DueAt)[] GetFirst(int most)
    {
        var first = new (Item Item, long DueAt)[Math.Min(most, Count)];
        List<int> next = [0];
        for (int found = 0; found < first.Length; found++)
        {
            int best = 0;
            for (int i = 1; i < next.Count; i++)
            {
                if (_heap[next[i]].IsBefore(_heap[next[best]]))
                    best = i;
            }

            int index = next[best];
            first[found] = (_heap[index].Item, _heap[index].DueAt);
            next.RemoveAt(best);
            for (int child = (index * Branches) + 1; child <= (index * Branches) + Branches && child < Count; child++)
                next.Add(child);
        }

        return first;
    }

    private void Rise(int index, in Place place)
    {
        while (index > 0)
        {
            int parent = (index - 1) / Branches;
            if (!place.IsBefore(_heap[parent]))
                break;
            _heap[index] = _heap[parent];
            index = parent;
        }

        _heap[index] = place;
    }

    private void Sink(in Place place)
    {
        int index = 0;
        while ((index * Branches) + 1 < Count)
        {
            int first = (index * Branches) + 1;
            int least = first;
            for (int child = first + 1; child < Math.Min(first + Branches, Count); child++)
            {
                if (_heap[child].IsBefore(_heap[least]))
                    least = child;
            }

            if (!_heap[least].IsBefore(place))
                break;
            _heap[index] = _heap[least];
            index = least;
        }

        _heap[index] = place;
    }

    /// <summary>An item and its place in the order: those due at the same time go first in, first out.</summary>
    private readonly record struct Place(Item Item, long DueAt, long Order)
    {
        public bool IsBefore(in Place other) => DueAt < other.DueAt || (DueAt == other.DueAt && Order < other.Order);
    }
}
