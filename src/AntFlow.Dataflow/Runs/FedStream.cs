namespace AntFlow.Dataflow;

/// <summary>The stream of a feed call: gives one element after the other, until it is at its end or the call is over, of which it learns by its token.</summary>
/// <remarks>A stream that does not obey its token is waited for, for a while, and then left to itself: it cannot be disposed of before it has given what it was asked for. Registrations on
/// its token are foreign code: they run on the pool, and nothing waits for them.</remarks>
internal sealed class FedStream<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _token;
    private readonly FeedEnd _end;
    private readonly IAsyncEnumerator<T> _elements;
    private readonly Func<Task, Task> _waitAWhile;
    private readonly Action _onLate;
    private Task<bool>? _left;

    /// <param name="source">The stream.</param>
    /// <param name="feeding">Canceled when the feed call is.</param>
    /// <param name="closed">Canceled when the run takes nothing more.</param>
    /// <param name="waitAWhile">Waits for a task, though not for ever, when the call is over.</param>
    /// <param name="onLate">Called when the stream has given an element after it was left.</param>
    public FedStream(IAsyncEnumerable<T> source, CancellationToken feeding, CancellationToken closed, Func<Task, Task> waitAWhile, Action onLate)
    {
        // Never disposed of: it has no timer, and a stream that was left may still ask for its token.
        var token = new CancellationTokenSource();
        _token = token;
        _waitAWhile = waitAWhile;
        _onLate = onLate;
        _end = new FeedEnd(feeding, closed, () => Observe(_token.CancelAsync()));
        try
        {
            _elements = source.GetAsyncEnumerator(token.Token);
        }
        catch (Exception)
        {
            _end.Forget();
            throw;
        }
    }

    public T Current => _elements.Current;

    /// <summary>Whether the feed call is over.</summary>
    public bool IsOver => _end.Over.IsCompleted;

    /// <summary>Goes on to the next element.</summary>
    /// <exception cref="OperationCanceledException">The call is over.</exception>
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

        _end.Forget();
    }

    /// <summary>Waits for a task of the stream: for as long as it takes, and for a while when the call is over.</summary>
    private async ValueTask<bool> EndsInTimeAsync(Task task)
    {
        if (!task.IsCompleted)
            await Task.WhenAny(task, _end.Over).ConfigureAwait(false);
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

    // Nobody is left to hear what it throws.
    private static void Observe(Task task) =>
        _ = task.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
