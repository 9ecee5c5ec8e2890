namespace AntFlow.Dataflow;

/// <summary>Results that the one reader has fetched together, so that it can read them without a lock. They count as unread until it reads them.</summary>
/// <remarks>Written by the reader, one thread at a time. <see cref="Count"/> may be read by any thread, and may be slightly outdated.</remarks>
internal sealed class ReadAhead<T>(int size)
{
    private readonly T[] _results = new T[size];
    private int _next;
    private int _count;

    /// <summary>The maximum number of results.</summary>
    public int Size => size;

    /// <summary>The number of results.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a result. May be called only while no result has been taken since the last one was added.</summary>
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
