using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>A pool of workers for calls without a pipeline, in the style of Python's <c>concurrent.futures</c>: the future of a call is its <see cref="Task{TResult}"/>.</summary>
/// <remarks>
/// <para>It uses the engine of a stage. A free worker takes the most urgent call at once, and a call that waits for its next attempt leaves its worker to other calls.</para>
/// <para>A function sees the AsyncLocals of the code that submitted it. It runs on the thread pool; a function that blocks occupies a thread.</para>
/// <para>All members are thread-safe. Do not await a shutdown inside a call of the executor: it would never end.</para>
/// </remarks>
[DebuggerDisplay("{_pool}")]
public sealed partial class AsyncExecutor : IAsyncDisposable
{
    private static readonly SubmitOptions _submitDefaults = new();
    private static readonly MapOptions _mapDefaults = new();

    private readonly ExecutorPool _pool;

    /// <summary>Creates an executor, which is ready at once.</summary>
    /// <param name="maxWorkers">The number of calls that may run at once. Default: 5. From 1 to 100,000.</param>
    /// <param name="timeProvider">The clock for delays between attempts and for timeouts. Default: <see cref="TimeProvider.System"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxWorkers"/> is below 1 or above 100,000.</exception>
    public AsyncExecutor(int maxWorkers = 5, TimeProvider? timeProvider = null)
    {
        WorkerCount.ThrowIfUnfit(maxWorkers, nameof(maxWorkers));
        MaxWorkers = maxWorkers;
        _pool = ExecutorPool.Start(maxWorkers, timeProvider ?? TimeProvider.System);
    }

    /// <summary>The number of calls that may run at once.</summary>
    public int MaxWorkers { get; }

    internal ExecutorPool Pool => _pool;

    /// <summary>Shuts the executor down: it takes no further calls. Submitted calls run to their end, unless this call cancels them.</summary>
    /// <param name="wait">Whether to wait until every call has ended. Default: true. If false, the method returns at once and the calls end by themselves.</param>
    /// <param name="cancelPending">Whether to cancel calls that have not started or that wait for their next attempt. The futures of canceled calls end canceled. Maps throw
    /// <see cref="ExecutorShutdownException"/>, and the tokens of their running calls are canceled. Running calls that were submitted are never canceled. Default: false.</param>
    /// <param name="cancellationToken">Cancels only the waiting, not the shutdown.</param>
    /// <returns>A task that completes when every call has ended, or at once without <paramref name="wait"/>. You can call the method more than once; each call waits for the same end.</returns>
    public Task ShutdownAsync(bool wait = true, bool cancelPending = false, CancellationToken cancellationToken = default)
    {
        _pool.ShutDown(cancelPending);
        return wait ? _pool.Completion.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Shuts the executor down and waits until every call has ended, as <see cref="ShutdownAsync"/> does.</summary>
    /// <returns>A task that completes when every call has ended.</returns>
    public ValueTask DisposeAsync() => new(ShutdownAsync());

    private Task<TOut> Submit<TOut>(CallForm<Nothing, TOut> form, SubmitOptions? options, CancellationToken cancellationToken)
    {
        options ??= _submitDefaults;
        CallTerms terms = CallTerms.Of(options, _pool.Limits);
        _pool.BeginCall();
        var call = new SubmittedCall<TOut>(form, terms, Caller.Capture(), _pool, cancellationToken);
        call.Watch();
        Item? spare = null;
        _pool.Add(call, default(Nothing), ref spare, index: 0);
        _pool.ReturnSpare(spare);
        return call.Task;
    }

    private Task<IReadOnlyList<TOut>> MapAsync<TIn, TOut>(MapSource<TIn> source, CallForm<TIn, TOut> form, MapOptions? options, CancellationToken cancellationToken) =>
        new CollectedMap<TIn, TOut>(Plan(source, form, CallTerms.Of(options ?? _mapDefaults, _pool.Limits), Caller.Capture(), cancellationToken)).RunAsync();

    private MapStream<TIn, TOut> MapStream<TIn, TOut>(Func<MapSource<TIn>> source, CallForm<TIn, TOut> form, MapOptions? options, CancellationToken cancellationToken)
    {
        // Invalid arguments are reported by the call, not when the results are enumerated.
        CallTerms terms = CallTerms.Of(options ?? _mapDefaults, _pool.Limits);
        source();
        _pool.ThrowIfClosed();
        var caller = Caller.Capture();
        return new MapStream<TIn, TOut>(() => Plan(source(), form, terms, caller, cancellationToken));
    }

    private MapPlan<TIn, TOut> Plan<TIn, TOut>(MapSource<TIn> source, CallForm<TIn, TOut> form, CallTerms terms, Caller caller, CancellationToken cancellationToken)
    {
        _pool.BeginCall();
        return new MapPlan<TIn, TOut>(_pool, source, form, terms, caller, MapWindow.Of(MaxWorkers), cancellationToken);
    }
}
