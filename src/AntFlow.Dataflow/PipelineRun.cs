using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>One execution of a pipeline. You can call all members from any thread, at any time, in any order and more than once.</summary>
/// <remarks><see cref="Completion"/>, <see cref="StopAsync"/> and <see cref="DisposeAsync"/> wait for the tasks and callbacks of the run. Awaiting them inside a task or callback of the run never
/// ends; call <see cref="Stop"/> there.</remarks>
/// <typeparam name="TIn">The type of the items that the pipeline takes.</typeparam>
/// <typeparam name="TOut">The type of the values that the last stage returns.</typeparam>
[DebuggerDisplay("{_core}")]
public sealed partial class PipelineRun<TIn, TOut> : IPipelineRun, IAsyncDisposable
{
    private readonly Pipeline<TIn, TOut> _pipeline;
    private readonly RunCore<TOut> _core;
    private readonly object?[] _feeders;
    private Task<PipelineReport>? _untyped;
    private int _isRead;

    internal PipelineRun(Pipeline<TIn, TOut> pipeline, RunCore<TOut> core)
    {
        _pipeline = pipeline;
        _core = core;
        core.Handle = this;
        _feeders = new object?[core.Blocks.Length];
        First = new Feeder<TIn, TOut>(core, core.First, pipeline.Identify);
    }

    /// <summary>The name of the run (<see cref="RunOptions.RunId"/>).</summary>
    public string RunId => _core.RunId;

    /// <summary>A task that completes when every accepted item has ended and no more items can be fed. It never faults and is never canceled. The report has a result for every item, and
    /// <see cref="PipelineReport.Fault"/> if the run could not continue. If the engine breaks so late that the results cannot be read, the report contains the fault, counts every item as
    /// canceled, and has no results.</summary>
    public Task<PipelineReport<TOut>> Completion => _core.Completion;

    Task<PipelineReport> IPipelineRun.Completion => LazyInitializer.EnsureInitialized(ref _untyped, () => UntypedAsync(_core.Completion));

    internal RunCore<TOut> Core => _core;

    internal Feeder<TIn, TOut> First { get; }

    /// <summary>Pauses the run: no attempt starts, retries included, until <see cref="Resume()"/>. Running attempts finish. Items are still handed on and fed until the queues are full.</summary>
    public void Pause() => _core.SetPaused(paused: true);

    /// <summary>Ends <see cref="Pause()"/>. Stages that were paused individually stay paused.</summary>
    public void Resume() => _core.SetPaused(paused: false);

    /// <summary>Pauses one stage, independently of whether the run is paused.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    public void Pause(string stage) => BlockOf(stage).SetPaused(paused: true, ofRun: false);

    /// <summary>Ends <see cref="Pause(string)"/>.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    public void Resume(string stage) => BlockOf(stage).SetPaused(paused: false, ofRun: false);

    /// <summary>Changes the number of workers of a stage. Never waits: an increase takes effect before the method returns, a decrease as running executions end. If the number exceeds
    /// <c>MaxInFlight</c>, a warning is logged, and as many items as there are workers may be in flight.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="workers">The new number of workers, from 1 to 100,000 (<see cref="StageOptions.MaxWorkers"/>).</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1 or above 100,000. The number of workers does not change.</exception>
    public void SetWorkers(string stage, int workers)
    {
        WorkerCount.ThrowIfUnfit(workers, nameof(workers));
        _core.SetWorkers(BlockOf(stage), workers);
    }

    /// <summary>Changes how many items of a stage may be in progress or wait for their next attempt (<see cref="StageOptions{TIn}.MaxInFlight"/>). Never waits: items that have started
    /// continue.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="maxInFlight">The new limit, at least 1. A value below the number of workers has the effect of that number. Null sets the default, which follows the number of workers.</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxInFlight"/> is below 1. The limit does not change.</exception>
    public void SetMaxInFlight(string stage, int? maxInFlight)
    {
        if (maxInFlight is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(maxInFlight));
        BlockOf(stage).Workers.SetMaxInFlight(maxInFlight);
    }

    /// <summary>Returns where every item is at this instant. The counts add up exactly.</summary>
    /// <returns>The snapshot.</returns>
    public PipelineSnapshot GetSnapshot() => _core.GetSnapshot();

    /// <summary>Ends the input. <see cref="Completion"/> completes once every accepted item has ended. A feed call that is running takes no further item, and ends.</summary>
    public void Complete() => _core.Complete();

    /// <summary>Stops the run gently as <see cref="StopAsync"/> does, but returns at once.</summary>
    /// <param name="gracePeriod">The time after which running work is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items may proceed after the stop.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="gracePeriod"/> is negative.</exception>
    public void Stop(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage)
    {
        ThrowIfNegative(gracePeriod);
        _core.Stop(mode, gracePeriod);
    }

    /// <summary>Cancels the run and returns at once. Nothing starts any more, and the tokens of running tasks are canceled. <see cref="Completion"/> completes once the run has ended.</summary>
    public void Cancel() => _core.Cancel();

    /// <summary>Stops the run gently and waits for its end. The run takes no more items, starts nothing that <paramref name="mode"/> does not allow, and retries nothing.</summary>
    /// <remarks>If an attempt fails after the stop and the item has attempts left, the item ends Canceled and its result contains the error. With checkpoints the next run makes the remaining
    /// attempts, after the rest of the delay. Stopping does not lift the backpressure of a slow reader of results; canceling does.</remarks>
    /// <param name="gracePeriod">The time after which running work is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items may proceed after the stop.</param>
    /// <param name="cancellationToken">Cancels only the waiting, not the stop.</param>
    /// <returns>A report with a result for every item.</returns>
    /// <exception cref="InvalidOperationException">The method was called in the synchronous part of a task or callback of this run, whose end it would wait for. Nothing is stopped.</exception>
    public Task<PipelineReport<TOut>> StopAsync(
        TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage, CancellationToken cancellationToken = default)
    {
        ThrowIfNegative(gracePeriod);
        OwnCode.ThrowIfCalling(_core.Caller.Mark, nameof(StopAsync));
        _core.Stop(mode, gracePeriod);
        return _core.Completion.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    Task<PipelineReport> IPipelineRun.StopAsync(TimeSpan? gracePeriod, StopMode mode, CancellationToken cancellationToken) =>
        UntypedAsync(StopAsync(gracePeriod, mode, cancellationToken));

    /// <summary>Returns the results instead of collecting them for the report: first the results so far, then each new one, until the run ends. If the run has ended already, the report also
    /// contains them.</summary>
    /// <remarks>Reading begins when you request the first result. From then on the number of unread results is bounded (<see cref="RunOptions.ResultCapacity"/>), and a slow reader, or one that
    /// has stopped reading, holds the last stage back. Before that, results are kept without a bound. Without <see cref="RunOptions.CollectResults"/>, results are kept from this call on, and
    /// earlier ones are only counted. There can be one reader at a time. Results come in input order with <see cref="RunOptions.OrderResults"/>.</remarks>
    /// <param name="cancellationToken">Ends only the reading, not the run.</param>
    /// <returns>The results, failures included.</returns>
    /// <exception cref="InvalidOperationException">The first result is requested while another reader is reading.</exception>
    public IAsyncEnumerable<PipelineResult<TOut>> ReadResultsAsync(CancellationToken cancellationToken = default)
    {
        _core.Sink.AwaitReader();
        return ReadAsync(cancellationToken);
    }

    /// <summary>Cancels the run and waits for its end. If items are unfinished, a log warning reports their number, unless the run was stopped or canceled before. To avoid losing them, first call
    /// <see cref="Complete"/> and await <see cref="Completion"/>, or call <see cref="StopAsync"/>.</summary>
    /// <returns>A task that completes when the run has ended.</returns>
    /// <exception cref="InvalidOperationException">The method was called in the synchronous part of a task or callback of this run, whose end it would wait for. Nothing is canceled.</exception>
    public async ValueTask DisposeAsync()
    {
        OwnCode.ThrowIfCalling(_core.Caller.Mark, nameof(DisposeAsync));
        _core.Leave(RunLeaver.Owner);
        await ((Task)_core.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Switches to results for a reader, which may be slow.</summary>
    internal void BeginReading()
    {
        _core.Sink.BeginReading();
        _core.Window?.BeginReading();
    }

    private async IAsyncEnumerable<PipelineResult<TOut>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0)
            throw new InvalidOperationException("The results of this run are being read already; there can be one reader at a time.");
        try
        {
            // A reader whose token is canceled already does not count as a reader.
            cancellationToken.ThrowIfCancellationRequested();
            BeginReading();
            using CancellationTokenRegistration registration =
                cancellationToken.UnsafeRegister(static sink => ((ResultSink<TOut>)sink!).WakeReader(), _core.Sink);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (_core.Sink.TryRead(out PipelineResult<TOut> result))
                    yield return result;
                else if (!await _core.Sink.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                    yield break;
            }
        }
        finally
        {
            Volatile.Write(ref _isRead, 0);
        }
    }

    private static void ThrowIfNegative(TimeSpan? gracePeriod)
    {
        if (gracePeriod is { } grace)
            ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero, nameof(gracePeriod));
    }

    private static async Task<PipelineReport> UntypedAsync(Task<PipelineReport<TOut>> completion) => await completion.ConfigureAwait(false);

    private StageBlock BlockOf(string stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return Array.Find(_core.Blocks, block => string.Equals(block.Name, stage, StringComparison.Ordinal))
            ?? throw new ArgumentException($"There is no stage '{stage}' in this pipeline. Its stages are {Names()}.", nameof(stage));
    }

    private string Names() => string.Join(", ", _pipeline.Stages.Select(stage => $"'{stage.Name}'"));
}
