namespace AntFlow.Dataflow;

/// <summary>Where items wait until their next attempt is due. A pure heap by due time: no lock, no timer, no clock.</summary>
internal sealed class WaitingRoom
{
    private readonly PriorityQueue<Item, (long DueAt, long Order)> _waiting = new();
    private long _order;

    public int Count => _waiting.Count;

    /// <summary>When the next item is due, as a timestamp; null if nobody waits.</summary>
    public long? NextDueAt => _waiting.TryPeek(out _, out (long DueAt, long Order) head) ? head.DueAt : null;

    public void Add(Item item, long dueAt) => _waiting.Enqueue(item, (dueAt, _order++));

    /// <summary>Takes an item that is due.</summary>
    public bool TryTakeDue(long now, out Item item)
    {
        if (_waiting.TryPeek(out item!, out (long DueAt, long Order) head) && head.DueAt <= now)
        {
            _waiting.Dequeue();
            return true;
        }

        item = null!;
        return false;
    }

    /// <summary>Takes an item, due or not.</summary>
    public bool TryTakeAny(out Item item) => _waiting.TryDequeue(out item!, out _);
}
