namespace AntFlow.Dataflow;

/// <summary>A sequence that is taken on the pool, because giving the next element may take it any time.</summary>
/// <remarks>The taking side asks whether the call is over after each element, before it places it. So once the call is over, the other side may go as soon as it has seen that an element is
/// being taken: that one will not be placed. The barrier that this needs between writing here and reading there is on the side that is hardly ever there.</remarks>
internal sealed class FedSequence<T>(IEnumerable<T> source)
{
    private IEnumerator<T>? _elements;
    private volatile bool _isTaking;

    public T Current => _elements!.Current;

    /// <summary>Whether an element is being taken, since before the question.</summary>
    public bool IsTaking
    {
        get
        {
            Interlocked.MemoryBarrierProcessWide();
            return _isTaking;
        }
    }

    public bool MoveNext()
    {
        _isTaking = true;
        try
        {
            return (_elements ??= source.GetEnumerator()).MoveNext();
        }
        finally
        {
            _isTaking = false;
        }
    }

    /// <summary>Nothing more is taken. The end of an element may take its time, too, and nothing is placed after it.</summary>
    public void End()
    {
        _isTaking = true;
        try
        {
            _elements?.Dispose();
        }
        finally
        {
            _isTaking = false;
        }
    }
}
