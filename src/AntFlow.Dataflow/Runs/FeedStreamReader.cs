namespace AntFlow.Dataflow;

/// <summary>The stream of a feed call: returns its elements one by one until the stream ends, or until the call ends, which the stream learns from its token.</summary>
/// <remarks>A stream that ignores its token is awaited for a while and then abandoned: it cannot be disposed of before it has returned the element it was asked for. Registrations on
/// its token are foreign code: they run on the pool, and nothing waits for them.</remarks>
internal sealed class FeedStreamReader<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _token;
    private readonly FeedCancellation _cancellation;
    private readonly IAsyncEnumerator<T> _elements;
    private readonly Func<Task, Task> _waitAWhile;
    private readonly Action _onLate;
    private Task<bool>? _left;

    /// <param name="source">The stream.</param>
    /// <param name="feeding">Canceled when the feed call is canceled.</param>
    /// <param name="closed">Canceled when the run takes no more items.</param>
    /// <param name="waitAWhile">Waits for a task, for a limited time, when the call has ended.</param>
    /// <param name="onLate">Called when the stream has returned an element after it was abandoned.</param>
    public FeedStreamReader(IAsyncEnumerable<T> source, CancellationToken feeding, CancellationToken closed, Func<Task, Task> waitAWhile, Action onLate)
    {
        // Never disposed of: it has no timer, and a stream that was abandoned may still ask for its token.
        var token = new CancellationTokenSource();
        _token = token;
        _waitAWhile = waitAWhile;
        _onLate = onLate;
        _cancellation = new FeedCancellation(feeding, closed, () => Observe(_token.CancelAsync()));
        try
        {
            _elements = source.GetAsyncEnumerator(token.Token);
        }
        catch (Exception)
        {
            _cancellation.Forget();
            throw;
        }
    }

    public T Current => _elements.Current;

    /// <summary>Whether the feed call has ended.</summary>
    public bool IsOver => _cancellation.Over.IsCompleted;

    /// <summary>Moves to the next element.</summary>
    /// <exception cref="OperationCanceledException">The call has ended.</exception>
    public async ValueTask<bool> MoveNextAsync()
    {
        ValueTask<bool> next = _elements.MoveNextAsync();
        if (next.IsCompleted)
            return await next.ConfigureAwait(false);
        Task<bool> pull = next.AsTask();
        if (await EndsInTimeAsync(pull).ConfigureAwait(false))
            return await pull.ConfigureAwait(false);
        _left = pull;
        throw new OperationCanceledException(_token.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_left is { } pull)
        {
            Observe(EndLateAsync(pull));
        }
        else
        {
            Task end = _elements.DisposeAsync().AsTask();
            if (await EndsInTimeAsync(end).ConfigureAwait(false))
                await end.ConfigureAwait(false);
            else
                Observe(end);
        }

        _cancellation.Forget();
    }

    /// <summary>Waits for a task of the stream: until it ends, or for a limited time once the call has ended.</summary>
    private async ValueTask<bool> EndsInTimeAsync(Task task)
    {
        if (!task.IsCompleted)
            await Task.WhenAny(task, _cancellation.Over).ConfigureAwait(false);
        if (!task.IsCompleted)
            await _waitAWhile(task).ConfigureAwait(false);
        return task.IsCompleted;
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
            await _elements.DisposeAsync().ConfigureAwait(false);
        }
    }

    // No caller is left to receive what it throws.
    private static void Observe(Task task) =>
        _ = task.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
