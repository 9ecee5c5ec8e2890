namespace AntFlow.Dataflow;

/// <summary>A sequence that is taken on the pool, because giving the next element may take it any time.</summary>
/// <remarks>The taking side asks whether the call is over after each element, before it places it. So once the call is over, the other side may go as soon as it has seen that an element is
/// being taken: that one will not be placed. Where none is being taken at that moment, the taking side is between two elements, and either ends or takes the next one: it says when. The barrier that
/// this needs between writing and reading on either side is on the side that is hardly ever there.</remarks>
internal sealed class FedSequence<T>(IEnumerable<T> source)
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

    /// <summary>Nothing more is taken. The end of an element may take its time, too, and nothing is placed after it.</summary>
    public void End()
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
