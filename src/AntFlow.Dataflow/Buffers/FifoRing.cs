using System.Buffers;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>A first-in-first-out queue that grows with little copying and releases its memory.</summary>
/// <remarks>
/// <para>Not thread-safe. Up to a few thousand cells it is one ring that doubles. Further items go into segments; each segment becomes the ring once the one before it is
/// empty. So a million items are never moved, and the memory they leave is free at once. <see cref="Queue{T}"/> copies all items at every doubling, and keeps its largest
/// size forever.</para>
/// <para>Segments come from the shared array pool: memory that the process has touched before costs a fraction of fresh memory, whose first touch takes longer than everything
/// else that happens to an item here.</para>
/// </remarks>
internal struct FifoRing<T>
{
    private const int SmallCapacity = 32;
    private const int KeptCapacity = 1024;
    private const int LargestRing = 8192;
    private const int SegmentSize = 32_768;

    private T[]? _cells;
    private int _head;
    private int _inRing;
    private Segments? _rest;

    public readonly int Count => _rest is null ? _inRing : _inRing + _rest.Count;

    public readonly ref T Head => ref _cells![_head];

    public void Enqueue(T cell)
    {
        if (_rest is not null || _cells is null || _inRing == _cells.Length)
        {
            EnqueueSlowly(cell);
            return;
        }

        _cells[(_head + _inRing) & (_cells.Length - 1)] = cell;
        _inRing++;
    }

    public T Dequeue()
    {
        T[] cells = _cells!;
        ref T slot = ref cells[_head];
        T cell = slot;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            slot = default!;
        _head = (_head + 1) & (cells.Length - 1);
        if (--_inRing == 0 && cells.Length > KeptCapacity)
            Turn();
        return cell;
    }

    private void EnqueueSlowly(T cell)
    {
        if (_rest is not null || _cells?.Length >= LargestRing)
        {
            (_rest ??= new Segments()).Add(cell);
            return;
        }

        Grow();
        _cells![_inRing++] = cell;
    }

    /// <summary>Replaces the ring, which is empty, with the first segment, if there is one.</summary>
    private void Turn()
    {
        // Every cell was emptied when it was taken.
        if (_cells!.Length == SegmentSize)
            ArrayPool<T>.Shared.Return(_cells);
        _head = 0;
        _cells = null;
        if (_rest is null)
            return;
        _cells = _rest.TakeFirst(out _inRing);
        if (_rest.Count == 0)
            _rest = null;
    }

    private void Grow()
    {
        T[] larger = GC.AllocateUninitializedArray<T>(_cells is null ? SmallCapacity : _cells.Length * 2);
        if (_cells is not null)
        {
            int tail = Math.Min(_inRing, _cells.Length - _head);
            Array.Copy(_cells, _head, larger, 0, tail);
            Array.Copy(_cells, 0, larger, tail, _inRing - tail);
        }

        _cells = larger;
        _head = 0;
    }

    private sealed class Segments
    {
        private readonly Queue<T[]> _full = new();
        private T[] _last = ArrayPool<T>.Shared.Rent(SegmentSize);
        private int _inLast;

        public int Count => (_full.Count * SegmentSize) + _inLast;

        public void Add(T cell)
        {
            if (_inLast == SegmentSize)
            {
                _full.Enqueue(_last);
                _last = ArrayPool<T>.Shared.Rent(SegmentSize);
                _inLast = 0;
            }

            _last[_inLast++] = cell;
        }

        public T[] TakeFirst(out int count)
        {
            if (_full.TryDequeue(out T[]? first))
            {
                count = SegmentSize;
                return first;
            }

            count = _inLast;
            _inLast = 0;
            return _last;
        }
    }
}
