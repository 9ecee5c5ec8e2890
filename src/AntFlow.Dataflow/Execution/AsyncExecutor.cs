using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>A pool of workers for calls without a pipeline, in the style of <c>concurrent.futures</c>: the future of a call is its <see cref="Task{TResult}"/>.</summary>
/// <remarks>
/// <para>It runs on the engine of a stage: a free worker takes the most urgent call at once, and a call that waits for its next attempt leaves its worker to others.</para>
/// <para>A function sees the AsyncLocals of whoever submitted it. It runs on the pool of threads; one that blocks keeps a thread.</para>
/// <para>All members are thread-safe. Awaiting a shutdown inside a call of the executor waits for ever.</para>
/// </remarks>
[DebuggerDisplay("{_pool}")]
public sealed partial class AsyncExecutor : IAsyncDisposable
{
    private static readonly SubmitOptions _submitDefaults = new();
    private static readonly MapOptions _mapDefaults = new();

    private readonly ExecutorPool _pool;

    /// <summary>Makes an executor; it is ready at once.</summary>
    /// <param name="maxWorkers">How many calls may run at once. Default: 5. From 1 to 100,000.</param>
    /// <param name="timeProvider">The time for waits between attempts and for timeouts. Default: the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxWorkers"/> is below 1 or above 100,000.</exception>
    public AsyncExecutor(int maxWorkers = 5, TimeProvider? timeProvider = null)
    {
        WorkerCount.ThrowIfUnfit(maxWorkers, nameof(maxWorkers));
        MaxWorkers = maxWorkers;
        _pool = ExecutorPool.Start(maxWorkers, timeProvider ?? TimeProvider.System);
    }

    /// <summary>How many calls may run at once.</summary>
    public int MaxWorkers { get; }

    internal ExecutorPool Pool => _pool;

    /// <summary>Takes no further calls; what was submitted goes on to its end, unless it is canceled here.</summary>
    /// <param name="wait">Whether to wait until every call has ended. Default: true. If not, this returns at once, and they end on their own.</param>
    /// <param name="cancelPending">Whether calls that have not begun, or wait for their next attempt, are canceled; the futures of submitted ones end canceled, and maps throw
    /// <see cref="ExecutorShutdownException"/>, their running calls told by their token. Running calls that were submitted are never canceled. Default: false.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>The wait. May be called more than once; each call waits for the same end.</returns>
    public Task ShutdownAsync(bool wait = true, bool cancelPending = false, CancellationToken cancellationToken = default)
    {
        _pool.ShutDown(cancelPending);
        return wait ? _pool.Completion.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Takes no further calls and waits until every call has ended, as <see cref="ShutdownAsync"/> does.</summary>
    /// <returns>The wait.</returns>
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
        // What is wrong is said at the call, not when the results are asked for.
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
