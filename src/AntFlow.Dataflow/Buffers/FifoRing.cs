namespace AntFlow.Dataflow;

/// <summary>A growing first-in-first-out ring that gives its memory back once it has run empty.</summary>
/// <remarks>Not thread-safe. Unlike <see cref="Queue{T}"/> it does not stay at its largest size for ever: after a burst of a million items
/// a priority level that is seldom used again would otherwise hold megabytes.</remarks>
internal struct FifoRing<T>
{
    private const int SmallCapacity = 32;
    private const int KeptCapacity = 1024;

    private T[]? _cells;
    private int _head;
    private int _count;

    public readonly int Count => _count;

    public readonly ref T Head => ref _cells![_head];

    public void Enqueue(T cell)
    {
        if (_cells is null || _count == _cells.Length)
            Grow();
        _cells![(_head + _count) & (_cells.Length - 1)] = cell;
        _count++;
    }

    public T Dequeue()
    {
        ref T slot = ref _cells![_head];
        T cell = slot;
        slot = default!;
        _head = (_head + 1) & (_cells.Length - 1);
        if (--_count == 0 && _cells.Length > KeptCapacity)
        {
            _cells = null;
            _head = 0;
        }

        return cell;
    }

    private void Grow()
    {
        var larger = new T[_cells is null ? SmallCapacity : _cells.Length * 2];
        if (_cells is not null)
        {
            int tail = Math.Min(_count, _cells.Length - _head);
            Array.Copy(_cells, _head, larger, 0, tail);
            Array.Copy(_cells, 0, larger, tail, _count - tail);
        }

        _cells = larger;
        _head = 0;
    }
}
