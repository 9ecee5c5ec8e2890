namespace AntFlow.Dataflow;

/// <summary>Unread results in the order of their arrival, some of them beyond the bound of the reader. Pure: no lock, no waiting.</summary>
/// <remarks>A succeeded result beyond the bound is <em>blocked</em>: it counts as succeeded only after the reader has advanced far enough. Failed and canceled results count at once.</remarks>
internal sealed class ResultRing<T>
{
    private (T Result, bool IsBlocked)[] _cells = new (T, bool)[16];
    private int _head;

    public int Count { get; private set; }

    /// <summary>The number of blocked results.</summary>
    public int Blocked { get; private set; }

    /// <summary>The oldest result. The ring must not be empty.</summary>
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

    /// <summary>Takes the oldest result. The result that is now within the bound is no longer blocked.</summary>
    public bool TryTake(int bound, out T result)
    {
        if (Count == 0)
        {
            result = default!;
            return false;
        }

        // The first result is within any bound.
        Unblock(0);
        result = _cells[_head].Result;
        _cells[_head] = default;
        _head = (_head + 1) & (_cells.Length - 1);
        Count--;
        if (Count >= bound)
            Unblock(bound - 1);
        return true;
    }

    /// <summary>Unblocks the results before this position.</summary>
    public void UnblockBefore(int position)
    {
        for (int i = Math.Min(position, Count) - 1; i >= 0 && Blocked > 0; i--)
            Unblock(i);
    }

    /// <summary>Unblocks all results.</summary>
    public void UnblockAll() => UnblockBefore(Count);

    /// <summary>Returns all results, oldest first, without removing them.</summary>
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
        // The ring is full: copy the part from the head to the end, and then the part before the head.
        Array.Copy(_cells, _head, larger, 0, _cells.Length - _head);
        Array.Copy(_cells, 0, larger, _cells.Length - _head, _head);
        _cells = larger;
        _head = 0;
    }
}
