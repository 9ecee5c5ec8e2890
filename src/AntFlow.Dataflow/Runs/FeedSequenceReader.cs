namespace AntFlow.Dataflow;

/// <summary>A sequence that is enumerated on the pool, because getting the next element may take any length of time.</summary>
/// <remarks>After each element, the enumerating side checks whether the call has ended, before it places the element. So once the call has ended, the other side may return as soon as it sees that an
/// element is being taken: that element will not be placed. If none is being taken at that moment, the enumerating side is between two elements, and either ends or takes the next one: it signals
/// when. This needs a barrier between writing and reading on either side; it is on the side that is rarely used.</remarks>
internal sealed class FeedSequenceReader<T>(IEnumerable<T> source)
{
    private IEnumerator<T>? _elements;
    private volatile bool _isTaking;
    private volatile TaskCompletionSource? _taking;

    public T Current => _elements!.Current;

    /// <summary>Waits until an element is being taken, now or later. Called once.</summary>
    public Task WhenTakingAsync()
    {
        var taking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _taking = taking;
        Interlocked.MemoryBarrierProcessWide();
        if (_isTaking)
            taking.TrySetResult();
        return taking.Task;
    }

    public bool MoveNext()
    {
        BeginTaking();
        try
        {
            return (_elements ??= source.GetEnumerator()).MoveNext();
        }
        finally
        {
            _isTaking = false;
        }
    }

    /// <summary>Ends the enumeration. Disposing the enumerator may take time, too, and nothing is placed after it.</summary>
    public void Close()
    {
        BeginTaking();
        try
        {
            _elements?.Dispose();
        }
        finally
        {
            _isTaking = false;
        }
    }

    private void BeginTaking()
    {
        _isTaking = true;
        _taking?.TrySetResult();
    }
}
