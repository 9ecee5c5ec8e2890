namespace AntFlow.Dataflow;

/// <summary>Tries again what is read from a store that fails, ever less often, and gives up with an error that says so.</summary>
internal sealed class Patience(TimeSpan giveUpAfter, RunClock clock, IWriterOwner owner)
{
    /// <summary>Reads, again and again if need be.</summary>
    /// <param name="read">What to do. Called again after it has thrown.</param>
    /// <param name="what">What is read, for an error.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <param name="waiting">Ends the waiting between two attempts, too.</param>
    /// <typeparam name="T">What is read.</typeparam>
    /// <exception cref="CheckpointException">The store failed for too long.</exception>
    public async ValueTask<T> TryAsync<T>(Func<ValueTask<T>> read, string what, CancellationToken cancellationToken, CancellationToken waiting = default)
    {
        StoreHealth? health = null;
        while (true)
        {
            try
            {
                return await read().ConfigureAwait(false);
            }
            catch (Exception error) when (error is not LeaseLostException && !cancellationToken.IsCancellationRequested)
            {
                health ??= new StoreHealth(giveUpAfter);
                if (health.OnFailed(error, clock.Between(clock.StartTimestamp, clock.Now)) is not { } delay)
                    throw new CheckpointException($"The store failed for {giveUpAfter} while {what} was looked up: {error.Message}", error);
                owner.OnStoreFailed(error, delay);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, waiting);
                await Task.Delay(delay, clock.Time, either.Token).ConfigureAwait(false);
            }
        }
    }
}
