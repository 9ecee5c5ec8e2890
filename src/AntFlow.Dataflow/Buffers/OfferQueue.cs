using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>The items that a source holds. The most urgent one, the head, has a message id under which targets can be offered it and can consume it later.</summary>
/// <remarks>
/// <para>Pure: no locks, no foreign code; the class that uses it guards it.</para>
/// <para>The <em>head</em> is the item laid out under an id. A more urgent item that arrives overtakes it: the head returns to its place in the queue, and the new item is laid out
/// under a new id, so that a target that asks with the old id gets nothing. While <see cref="IsFrozen"/> is set (the head is on offer, or reserved) the head does not change.</para>
/// </remarks>
internal sealed class OfferQueue<T>
{
    private BucketPriorityQueue<T> _queue = new();
    private long _nextTicket;
    private long _headId = 1;
    private T _head = default!;
    private (int Priority, long Ticket) _headPlace;
    private volatile bool _isOvertaken;

    /// <summary>The number of items held, including the head.</summary>
    public int Count => _queue.Count + (HasHead ? 1 : 0);

    /// <summary>Whether an item is laid out.</summary>
    public bool HasHead { get; private set; }

    /// <summary>Whether the head must not change, because it was promised to a target.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Whether an item more urgent than the head waits. May be read without the guard, as a hint.</summary>
    public bool IsOvertaken => _isOvertaken;

    /// <summary>Adds an item. Returns true if it overtook the head.</summary>
    public bool Put(T item, int priority)
    {
        _queue.Enqueue(item, priority, _nextTicket++);
        if (!HasHead || priority >= _headPlace.Priority)
            return false;
        _isOvertaken = true;
        return true;
    }

    /// <summary>Lays out the most urgent item if there is no head, and returns the head.</summary>
    public bool TryLayOut(out DataflowMessageHeader header, out T item)
    {
        YieldToMoreUrgent();
        if (!HasHead)
            HasHead = _queue.TryDequeue(out _head, out _headPlace);
        header = HasHead ? new DataflowMessageHeader(_headId) : default;
        item = _head;
        return HasHead;
    }

    /// <summary>Returns whether this is the header of the item that may be taken now.</summary>
    public bool IsHead(DataflowMessageHeader header)
    {
        YieldToMoreUrgent();
        return HasHead && header.Id == _headId;
    }

    /// <summary>Takes the head. There must be one.</summary>
    public T TakeHead()
    {
        T item = _head;
        ClearHead();
        return item;
    }

    /// <summary>Takes the most urgent item, whether it is laid out or not.</summary>
    public bool TryTake(out T item)
    {
        YieldToMoreUrgent();
        if (!HasHead)
            return _queue.TryDequeue(out item);
        item = TakeHead();
        return true;
    }

    /// <summary>Drops everything but a frozen head, and returns how many items it dropped.</summary>
    public int Discard()
    {
        int dropped = 0;
        while (_queue.TryDequeue(out _))
            dropped++;
        _isOvertaken = false;
        if (!HasHead || IsFrozen)
            return dropped;
        ClearHead();
        return dropped + 1;
    }

    private void YieldToMoreUrgent()
    {
        if (!_isOvertaken || IsFrozen)
            return;
        _queue.EnqueueReturning(_head, _headPlace.Priority, _headPlace.Ticket);
        ClearHead();
    }

    private void ClearHead()
    {
        _head = default!;
        HasHead = false;
        _isOvertaken = false;
        _headId++;
    }
}
