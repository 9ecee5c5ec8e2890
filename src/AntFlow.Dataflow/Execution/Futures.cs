using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AntFlow.Dataflow;

/// <summary>Waits for many futures. They need no executor: any tasks do.</summary>
public static class Futures
{
    /// <summary>Gives the futures as they end, each once for each time it was given. Every future gets one continuation, so many cost no more each than few.</summary>
    /// <param name="futures">The futures.</param>
    /// <param name="timeout">For how long, from the first one asked for on. Default: for ever. Not negative.</param>
    /// <param name="timeProvider">The time for <paramref name="timeout"/>. Default: the system's.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <typeparam name="T">What they make.</typeparam>
    /// <returns>The futures, ended. Nothing of what they ended with is thrown here.</returns>
    /// <exception cref="TimeoutException">The time was over and some had not ended.</exception>
    public static IAsyncEnumerable<Task<T>> AsCompleted<T>(
        this IEnumerable<Task<T>> futures, TimeSpan? timeout = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        Task<T>[] all = Check(futures, timeout);
        return AsCompletedAsync(all, timeout, timeProvider ?? TimeProvider.System, cancellationToken);
    }

    /// <summary>Waits for futures, as far as the strategy asks for.</summary>
    /// <param name="futures">The futures; with none this returns at once.</param>
    /// <param name="strategy">What to wait for. Default: all of them.</param>
    /// <param name="timeout">For how long. Default: for ever. Not negative.</param>
    /// <param name="timeProvider">The time for <paramref name="timeout"/>. Default: the system's.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <typeparam name="T">What they make.</typeparam>
    /// <returns>Which have ended. Nothing of what they ended with is thrown here.</returns>
    /// <exception cref="TimeoutException">The time was over before all had ended, and the strategy is <see cref="WaitStrategy.AllCompleted"/>; the others return what they have.</exception>
    public static async Task<WaitResult<T>> WaitAsync<T>(
        this IEnumerable<Task<T>> futures,
        WaitStrategy strategy = WaitStrategy.AllCompleted,
        TimeSpan? timeout = null,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        Task<T>[] all = Check(futures, timeout);
        if (!Enum.IsDefined(strategy))
            throw new ArgumentOutOfRangeException(nameof(strategy), strategy, "The strategy is none of AllCompleted, FirstCompleted and FirstException.");
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
            // What there is by now is the answer.
        }

        // Looked at once each: one may end while this is made.
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
        // Those that have ended need no wait, and so no time.
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
                // Time ends a wait, and never what has ended already.
                Task<T>? next;
                while (!ended.Reader.TryRead(out next))
                    await WaitAsync(ended.Reader, either.Token).ConfigureAwait(false);
                yield return next;
            }
        }
        finally
        {
            // Takes the continuations off those that still run: they may be waited for again and again.
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
                // All have ended by now, the last of them while its continuation is on its way.
                await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
