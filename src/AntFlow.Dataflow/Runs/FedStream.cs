namespace AntFlow.Dataflow;

/// <summary>The stream of a feed call: gives one element after the other, until it is at its end or the call is over, of which it learns by its token.</summary>
/// <remarks>A stream that does not obey its token is waited for, for a while, and then left to itself: it cannot be disposed of before it has given what it was asked for.</remarks>
internal sealed class FedStream<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _over;
    private readonly IAsyncEnumerator<T> _elements;
    private readonly Action _onLate;
    private Task<bool>? _left;

    /// <param name="source">The stream.</param>
    /// <param name="feeding">Canceled when the feed call is.</param>
    /// <param name="closed">Canceled when the run takes nothing more.</param>
    /// <param name="onLate">Called when the stream has given an element after it was left.</param>
    public FedStream(IAsyncEnumerable<T> source, CancellationToken feeding, CancellationToken closed, Action onLate)
    {
        _over = CancellationTokenSource.CreateLinkedTokenSource(feeding, closed);
        _onLate = onLate;
        _elements = source.GetAsyncEnumerator(_over.Token);
    }

    public T Current => _elements.Current;

    /// <summary>Whether the feed call is over.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>Goes on to the next element.</summary>
    /// <param name="waitAWhile">Waits for a task, though not for ever, when the call is over.</param>
    /// <exception cref="OperationCanceledException">The call is over.</exception>
    public async ValueTask<bool> MoveNextAsync(Func<Task, Task> waitAWhile)
    {
        ValueTask<bool> next = _elements.MoveNextAsync();
        if (next.IsCompleted)
            return await next.ConfigureAwait(false);
        Task<bool> pull = next.AsTask();
        await ((Task)pull).WaitAsync(_over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!pull.IsCompleted)
            await waitAWhile(pull).ConfigureAwait(false);
        if (pull.IsCompleted)
            return await pull.ConfigureAwait(false);
        _left = pull;
        throw new OperationCanceledException(_over.Token);
    }

    public ValueTask DisposeAsync()
    {
        if (_left is not { } pull)
            return EndAsync();
        // Nobody is left to hear what it throws.
        _ = EndLateAsync(pull).ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return ValueTask.CompletedTask;
    }

    private async Task EndLateAsync(Task<bool> pull)
    {
        try
        {
            if (await pull.ConfigureAwait(false))
                _onLate();
        }
        finally
        {
            await EndAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask EndAsync()
    {
        try
        {
            await _elements.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _over.Dispose();
        }
    }
}
