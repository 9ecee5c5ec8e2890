using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AntFlow.Dataflow;

/// <summary>Waits for several futures. They can be any tasks, with or without an executor.</summary>
public static class Futures
{
    /// <summary>Returns the futures in the order in which they complete; a future that is passed more than once is returned as often. Each future gets one continuation, so the cost per future
    /// does not grow with their number.</summary>
    /// <param name="futures">The futures.</param>
    /// <param name="timeout">The time limit, from the request for the first future. Default: none. Not negative.</param>
    /// <param name="timeProvider">The clock for <paramref name="timeout"/>. Default: <see cref="TimeProvider.System"/>.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <typeparam name="T">The type of the results of the futures.</typeparam>
    /// <returns>The completed futures. Their exceptions are not thrown here.</returns>
    /// <exception cref="TimeoutException">The time limit has passed and some futures have not completed.</exception>
    public static IAsyncEnumerable<Task<T>> AsCompleted<T>(
        this IEnumerable<Task<T>> futures, TimeSpan? timeout = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        Task<T>[] all = Check(futures, timeout);
        return AsCompletedAsync(all, timeout, timeProvider ?? TimeProvider.System, cancellationToken);
    }

    /// <summary>Waits for futures until the condition of a strategy is met.</summary>
    /// <param name="futures">The futures. If there are none, the method returns at once.</param>
    /// <param name="strategy">What to wait for. Default: all futures.</param>
    /// <param name="timeout">The time limit. Default: none. Not negative.</param>
    /// <param name="timeProvider">The clock for <paramref name="timeout"/>. Default: <see cref="TimeProvider.System"/>.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <typeparam name="T">The type of the results of the futures.</typeparam>
    /// <returns>The futures that have completed and those that have not. Their exceptions are not thrown here.</returns>
    /// <exception cref="TimeoutException">The time limit has passed before all futures completed, and the strategy is <see cref="WaitStrategy.AllCompleted"/>. With the other strategies the method
    /// returns the current state instead.</exception>
    public static async Task<WaitResult<T>> WaitAsync<T>(
        this IEnumerable<Task<T>> futures,
        WaitStrategy strategy = WaitStrategy.AllCompleted,
        TimeSpan? timeout = null,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        Task<T>[] all = Check(futures, timeout);
        if (!Enum.IsDefined(strategy))
            throw new ArgumentOutOfRangeException(nameof(strategy), strategy, "The strategy must be AllCompleted, FirstCompleted or FirstException.");
        try
        {
            await foreach (Task<T> ended in AsCompletedAsync(all, timeout, timeProvider ?? TimeProvider.System, cancellationToken).ConfigureAwait(false))
            {
                if (strategy == WaitStrategy.FirstCompleted || (strategy == WaitStrategy.FirstException && ended.IsFaulted))
                    break;
            }
        }
        catch (TimeoutException) when (strategy != WaitStrategy.AllCompleted)
        {
            // The answer is the state at this moment.
        }

        // Each future is checked once: one may complete while the lists are built.
        ILookup<bool, Task<T>> split = all.ToLookup(static future => future.IsCompleted);
        return new WaitResult<T>([.. split[true]], [.. split[false]]);
    }

    private static Task<T>[] Check<T>(IEnumerable<Task<T>> futures, TimeSpan? timeout)
    {
        ArgumentNullException.ThrowIfNull(futures);
        if (timeout is { } time)
            ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(timeout));
        Task<T>[] all = [.. futures];
        return Array.IndexOf(all, null) is >= 0 and int index ? throw new ArgumentException($"Future {index} is null.", nameof(futures)) : all;
    }

    private static async IAsyncEnumerable<Task<T>> AsCompletedAsync<T>(
        Task<T>[] futures, TimeSpan? timeout, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Futures that have completed need no wait, and so no clock.
        List<Task<T>> running = [];
        foreach (Task<T> future in futures)
        {
            if (future.IsCompleted)
                yield return future;
            else
                running.Add(future);
        }

        if (running.Count == 0)
            yield break;
        using CancellationTokenSource? timer = timeout is { } due ? new CancellationTokenSource(RunClock.Cut(due), time) : null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer?.Token ?? CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var ended = Channel.CreateUnbounded<Task<T>>(new UnboundedChannelOptions { SingleReader = true });
        foreach (Task<T> future in running)
        {
            _ = future.ContinueWith(
                static (future, ended) => ((ChannelWriter<Task<T>>)ended!).TryWrite(future), ended.Writer, leaving.Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        try
        {
            for (int left = running.Count; left > 0; left--)
            {
                // The time limit ends a wait, but never discards a future that has completed.
                Task<T>? next;
                while (!ended.Reader.TryRead(out next))
                    await WaitAsync(ended.Reader, either.Token).ConfigureAwait(false);
                yield return next;
            }
        }
        finally
        {
            // Remove the continuations from the futures that still run, because they may be awaited repeatedly.
            await leaving.CancelAsync().ConfigureAwait(false);
        }

        async ValueTask WaitAsync(ChannelReader<Task<T>> reader, CancellationToken token)
        {
            try
            {
                await reader.WaitToReadAsync(token).ConfigureAwait(false);
            }
            catch (OperationCanceledException canceled) when (timer is { IsCancellationRequested: true } && !cancellationToken.IsCancellationRequested)
            {
                int missing = running.Count(static future => !future.IsCompleted);
                if (missing > 0)
                    throw new TimeoutException($"{missing} of {futures.Length} futures have not ended within {timeout}.", canceled);
                // All have completed by now; the continuation of the last one has not run yet.
                await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
