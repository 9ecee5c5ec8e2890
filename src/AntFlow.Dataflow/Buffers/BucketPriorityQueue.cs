using System.Numerics;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>The order in which waiting items are taken: the lowest priority number first, and the lowest ticket first among equals.</summary>
/// <remarks>
/// <para>A pure data structure: no locks, no clock, no user code. The class that uses it guards it.</para>
/// <para>Up to 64 priorities have a ring each, and a bitmap shows which rings hold something: adding and taking cost a few
/// nanoseconds whatever the number of items. Items of further priorities wait in a heap, and so do <em>returning</em> items, those that were
/// taken before and were put back with their old ticket. Nothing ever moves between rings and heaps; taking compares their heads.</para>
/// </remarks>
internal struct BucketPriorityQueue<T>
{
    private const int MaxLevels = 64;

    // Levels are sorted by priority: bit i of _live is set if ring i holds something, so the lowest set bit is the most urgent ring.
    private readonly int[] _priorities = new int[MaxLevels];
    private readonly FifoRing<Entry>[] _rings = new FifoRing<Entry>[MaxLevels];
    private readonly PriorityQueue<T, (int Priority, long Ticket)> _overflow = new();
    private readonly PriorityQueue<T, (int Priority, long Ticket)> _returning = new();
    private ulong _live;
    private int _levels;
    private int _fresh;

    public BucketPriorityQueue()
    {
    }

    private enum Source
    {
        None,
        Ring,
        Overflow,
        Returning,
    }

    /// <summary>The number of items that wait, including returning ones.</summary>
    public int Count => _fresh + _returning.Count;

    /// <summary>The number of returning items that wait.</summary>
    public int ReturningCount => _returning.Count;

    /// <summary>The number of fresh items that wait.</summary>
    public int FreshCount => _fresh;

    /// <summary>Adds an item that arrives for the first time. Tickets of fresh items must ascend.</summary>
    public void Enqueue(T item, int priority, long ticket)
    {
        int level = FindLevel(priority);
        if (level >= 0)
        {
            _rings[level].Enqueue(new Entry(item, ticket));
            _live |= 1UL << level;
        }
        else
        {
            _overflow.Enqueue(item, (priority, ticket));
        }

        _fresh++;
    }

    /// <summary>Puts an item that was taken before back in the place of its ticket.</summary>
    public void EnqueueReturning(T item, int priority, long ticket) => _returning.Enqueue(item, (priority, ticket));

    /// <summary>Puts an item that was taken before, and has to start again, back in the place of its ticket: it counts as fresh.</summary>
    public void EnqueueAgain(T item, int priority, long ticket)
    {
        // Rings need ascending tickets.
        _overflow.Enqueue(item, (priority, ticket));
        _fresh++;
    }

    /// <summary>Returns the most urgent item, and its place in the order, without taking it.</summary>
    public readonly bool TryPeek(out T item, out (int Priority, long Ticket) place)
    {
        switch (MostUrgent(out place))
        {
            case Source.Ring:
                item = _rings[BitOperations.TrailingZeroCount(_live)].Head.Item;
                return true;
            case Source.Overflow:
                return _overflow.TryPeek(out item!, out _);
            case Source.Returning:
                return _returning.TryPeek(out item!, out _);
            default:
                item = default!;
                return false;
        }
    }

    /// <summary>Returns the most urgent of the returning items without taking it.</summary>
    public readonly bool TryPeekReturning(out T item, out (int Priority, long Ticket) place) => _returning.TryPeek(out item!, out place);

    /// <summary>Takes the most urgent item.</summary>
    public bool TryDequeue(out T item)
    {
        if (_live == 0 || _overflow.Count + _returning.Count != 0)
            return TryDequeue(out item, out _);
        item = DequeueFromRing();
        return true;
    }

    /// <summary>Takes the most urgent item, and returns the place to pass to <see cref="EnqueueReturning"/> if the item returns.</summary>
    public bool TryDequeue(out T item, out (int Priority, long Ticket) place)
    {
        switch (MostUrgent(out place))
        {
            case Source.Ring:
                item = DequeueFromRing();
                return true;
            case Source.Overflow:
                _fresh--;
                return _overflow.TryDequeue(out item!, out _);
            case Source.Returning:
                return _returning.TryDequeue(out item!, out _);
            default:
                item = default!;
                return false;
        }
    }

    /// <summary>Takes the most urgent of the returning items, for when no fresh item may start.</summary>
    public bool TryDequeueReturning(out T item) => _returning.TryDequeue(out item!, out _);

    private T DequeueFromRing()
    {
        int level = BitOperations.TrailingZeroCount(_live);
        ref FifoRing<Entry> ring = ref _rings[level];
        T item = ring.Dequeue().Item;
        if (ring.Count == 0)
            _live &= ~(1UL << level);
        _fresh--;
        return item;
    }

    private readonly Source MostUrgent(out (int Priority, long Ticket) best)
    {
        Source source = Source.None;
        best = default;
        if (_live != 0)
        {
            int level = BitOperations.TrailingZeroCount(_live);
            best = (_priorities[level], _rings[level].Head.Ticket);
            source = Source.Ring;
        }

        if (_overflow.Count != 0)
            Consider(_overflow, Source.Overflow, ref best, ref source);
        if (_returning.Count != 0)
            Consider(_returning, Source.Returning, ref best, ref source);
        return source;
    }

    private static void Consider(PriorityQueue<T, (int Priority, long Ticket)> heap, Source heapSource, ref (int Priority, long Ticket) best, ref Source source)
    {
        heap.TryPeek(out _, out (int Priority, long Ticket) head);
        if (source != Source.None && head.CompareTo(best) >= 0)
            return;
        best = head;
        source = heapSource;
    }

    /// <summary>Returns the ring of a priority, and makes it if there is room for one; -1 if the item has to wait in the heap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int FindLevel(int priority)
    {
        // Most fronts have a few levels; the vectorized search pays only for more.
        int[] priorities = _priorities;
        int near = Math.Min(_levels, 4);
        for (int level = 0; level < near && level < priorities.Length; level++)
        {
            if (priorities[level] == priority)
                return level;
        }

        return FindLevelSlowly(priority);
    }

    private int FindLevelSlowly(int priority)
    {
        int level = _priorities.AsSpan(0, _levels).IndexOf(priority);
        // Stryker disable once Equality : the first level is among those that were examined before.
        return level >= 0 ? level : MakeLevel(priority);
    }

    private int MakeLevel(int priority)
    {
        if (_levels == MaxLevels)
            FreeEmptyLevels();
        if (_levels == MaxLevels)
            return -1;
        int level = ~Array.BinarySearch(_priorities, 0, _levels, priority);
        InsertLevel(level, priority);
        return level;
    }

    private void InsertLevel(int level, int priority)
    {
        Array.Copy(_priorities, level, _priorities, level + 1, _levels - level);
        Array.Copy(_rings, level, _rings, level + 1, _levels - level);
        _priorities[level] = priority;
        _rings[level] = default;
        ulong below = (1UL << level) - 1;
        _live = (_live & below) | ((_live & ~below) << 1);
        _levels++;
    }

    private void FreeEmptyLevels()
    {
        int kept = 0;
        for (int level = 0; level < _levels; level++)
        {
            if (_rings[level].Count == 0)
                continue;
            _priorities[kept] = _priorities[level];
            _rings[kept] = _rings[level];
            kept++;
        }

        // Stryker disable once Statement : what is beyond the levels is never read; clearing it only releases memory.
        Array.Clear(_rings, kept, _levels - kept);
        _levels = kept;
        _live = kept == MaxLevels ? ulong.MaxValue : (1UL << kept) - 1;
    }

    private readonly record struct Entry(T Item, long Ticket);
}
