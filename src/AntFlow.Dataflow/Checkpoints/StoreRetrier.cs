namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Retries failed calls to a store with growing delays, and finally gives up with an error that says so.</summary>
/// <remarks><b>The lock</b> guards the trouble of the store; nothing is called under it.</remarks>
internal sealed class StoreRetrier(TimeSpan giveUpAfter, RunClock clock, IWriterOwner owner)
{
    private readonly Lock _lock = new();
    private int _waiting;
    private TimeSpan? _since;
    private Exception? _error;
    private TimeSpan _quietUntil;

    /// <summary>Since when the store is retried, by the time of the run, and its last error; null while it works.</summary>
    public (TimeSpan? Since, Exception? Error) Trouble
    {
        get
        {
            lock (_lock)
                return (_since, _error);
        }
    }

    /// <summary>Makes a call, with retries if necessary.</summary>
    /// <param name="read">The call. Repeated after it has thrown.</param>
    /// <param name="what">What the call does, for an error: <c>looking up item 'a'</c>.</param>
    /// <param name="cancellationToken">Cancels the attempts.</param>
    /// <param name="waiting">Also cancels the wait between two attempts.</param>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <exception cref="CheckpointException">The store failed for too long.</exception>
    public async ValueTask<T> TryAsync<T>(Func<ValueTask<T>> read, string what, CancellationToken cancellationToken, CancellationToken waiting = default)
    {
        StoreHealth? health = null;
        try
        {
            while (true)
            {
                try
                {
                    return await read().ConfigureAwait(false);
                }
                catch (Exception error) when (error is not LeaseLostException && !cancellationToken.IsCancellationRequested)
                {
                    TimeSpan now = clock.Between(clock.StartTimestamp, clock.Now);
                    OnFailed(error, now, isFirst: health is null);
                    health ??= new StoreHealth(giveUpAfter);
                    if (health.OnFailed(error, now) is not { } delay)
                        throw new CheckpointException($"The store failed for {now - health.FailingSince} while {what}: {ErrorText.Of(error)}", error) { IsOfStore = true };
                    if (IsNews(now, delay))
                        owner.OnStoreFailed(error, delay);
                    using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, waiting);
                    await Task.Delay(delay, clock.Time, either.Token).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (health is not null)
                OnWorked();
        }
    }

    private void OnFailed(Exception error, TimeSpan now, bool isFirst)
    {
        lock (_lock)
        {
            if (isFirst)
                _waiting++;
            _since ??= now;
            _error = error;
        }
    }

    /// <summary>Whether to log: many calls may fail together, and one line covers all that are retried before the next attempt.</summary>
    private bool IsNews(TimeSpan now, TimeSpan delay)
    {
        lock (_lock)
        {
            if (now < _quietUntil)
                return false;
            _quietUntil = now + delay;
            return true;
        }
    }

    private void OnWorked()
    {
        lock (_lock)
        {
            if (--_waiting == 0)
                (_since, _error, _quietUntil) = (null, null, default);
        }
    }
}
