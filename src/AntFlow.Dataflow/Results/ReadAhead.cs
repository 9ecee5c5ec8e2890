namespace AntFlow.Dataflow;

/// <summary>Results the one reader has fetched together, to read them without a lock. They count as unread until it gets to them.</summary>
/// <remarks>Written by the reader, one thread at a time; <see cref="Count"/> may be read by anybody, and may be a moment old.</remarks>
internal sealed class ReadAhead<T>(int size)
{
    private readonly T[] _results = new T[size];
    private int _next;
    private int _count;

    /// <summary>How many it may hold.</summary>
    public int Size => size;

    /// <summary>How many are there.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds one. Only while none has been taken since the last one was.</summary>
    public void Add(T result)
    {
        if (_count == 0)
            _next = 0;
        _results[_next + _count] = result;
        Volatile.Write(ref _count, _count + 1);
    }

    public bool TryTake(out T result)
    {
        if (_count == 0)
        {
            result = default!;
            return false;
        }

        result = _results[_next];
        _results[_next++] = default!;
        Volatile.Write(ref _count, _count - 1);
        return true;
    }
}
