namespace AntFlow.Dataflow;

/// <summary>Unread results in the order they came, some of them beyond the reader's bound. Pure: no lock, no waiting.</summary>
/// <remarks>A succeeded result beyond the bound is <em>blocked</em>: it counts as succeeded only once the reader has come near enough. Failed and canceled ones count
/// at once.</remarks>
internal sealed class ResultRing<T>
{
    private (T Result, bool IsBlocked)[] _cells = new (T, bool)[16];
    private int _head;

    public int Count { get; private set; }

    /// <summary>How many of them are blocked.</summary>
    public int Blocked { get; private set; }

    /// <summary>The oldest result. There must be one.</summary>
    public T First => _cells[_head].Result;

    public void Add(T result, bool isBlocked)
    {
        if (Count == _cells.Length)
            Grow();
        _cells[(_head + Count) & (_cells.Length - 1)] = (result, isBlocked);
        Count++;
        if (isBlocked)
            Blocked++;
    }

    /// <summary>Takes the oldest result; the one that now comes within the bound is blocked no more.</summary>
    public bool TryTake(int bound, out T result)
    {
        if (Count == 0)
        {
            result = default!;
            return false;
        }

        // The head is within any bound.
        Unblock(0);
        result = _cells[_head].Result;
        _cells[_head] = default;
        _head = (_head + 1) & (_cells.Length - 1);
        Count--;
        if (Count >= bound)
            Unblock(bound - 1);
        return true;
    }

    /// <summary>What lies before this position is blocked no more.</summary>
    public void UnblockBefore(int position)
    {
        for (int i = Math.Min(position, Count) - 1; i >= 0 && Blocked > 0; i--)
            Unblock(i);
    }

    /// <summary>Nothing is blocked any more.</summary>
    public void UnblockAll() => UnblockBefore(Count);

    /// <summary>All results, oldest first. They stay.</summary>
    public List<T> ToList()
    {
        var all = new List<T>(Count);
        for (int i = 0; i < Count; i++)
            all.Add(_cells[(_head + i) & (_cells.Length - 1)].Result);
        return all;
    }

    private void Unblock(int position)
    {
        ref (T Result, bool IsBlocked) cell = ref _cells[(_head + position) & (_cells.Length - 1)];
        if (!cell.IsBlocked)
            return;
        cell.IsBlocked = false;
        Blocked--;
    }

    private void Grow()
    {
        var larger = new (T, bool)[_cells.Length * 2];
        // It is full: all that is from the head to the end, and then what is before the head.
        Array.Copy(_cells, _head, larger, 0, _cells.Length - _head);
        Array.Copy(_cells, 0, larger, _cells.Length - _head, _head);
        _cells = larger;
        _head = 0;
    }
}
