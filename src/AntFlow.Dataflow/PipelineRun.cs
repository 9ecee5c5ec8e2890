using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>One execution of a pipeline. All members may be called from any thread, at any time, in any order and more than once.</summary>
/// <remarks><see cref="Completion"/>, <see cref="StopAsync"/> and <see cref="DisposeAsync"/> wait for tasks and callbacks of the run, so awaiting them inside one of these
/// waits for ever; signal with <see cref="Stop"/> there.</remarks>
/// <typeparam name="TIn">What the pipeline gets.</typeparam>
/// <typeparam name="TOut">What the pipeline makes.</typeparam>
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

    /// <summary>Ends when every accepted item has ended and no more can come. Never faults and is never canceled: the report has a result for every item, and
    /// <see cref="PipelineReport.Fault"/> if the run could not go on. Should the engine break so late that not even the results can be read, it has the fault, counts every item as canceled, and
    /// has no results.</summary>
    public Task<PipelineReport<TOut>> Completion => _core.Completion;

    Task<PipelineReport> IPipelineRun.Completion => LazyInitializer.EnsureInitialized(ref _untyped, () => UntypedAsync(_core.Completion));

    internal RunCore<TOut> Core => _core;

    internal Feeder<TIn, TOut> First { get; }

    /// <summary>No attempt starts any more, retries included, until <see cref="Resume()"/>. Running ones finish; hand-over and feeding go on to capacity.</summary>
    public void Pause() => _core.SetPaused(paused: true);

    /// <summary>Ends <see cref="Pause()"/>. Stages that were paused on their own stay so.</summary>
    public void Resume() => _core.SetPaused(paused: false);

    /// <summary>Pauses one stage, apart from whether the run is paused.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    public void Pause(string stage) => BlockOf(stage).SetPaused(paused: true, ofRun: false);

    /// <summary>Ends <see cref="Pause(string)"/>.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    public void Resume(string stage) => BlockOf(stage).SetPaused(paused: false, ofRun: false);

    /// <summary>Changes the number of workers of a stage. Never waits: raising acts before it returns, lowering as executions end. More workers than <c>MaxInFlight</c> are a warning in the log:
    /// as many items as workers may be under way then.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="workers">How many workers it is to have. From 1 to 100,000 (<see cref="StageOptions.MaxWorkers"/>).</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1 or above 100,000. The run goes on with the workers it has.</exception>
    public void SetWorkers(string stage, int workers)
    {
        WorkerCount.ThrowIfUnfit(workers, nameof(workers));
        _core.SetWorkers(BlockOf(stage), workers);
    }

    /// <summary>Changes how many items of a stage may be in the hands of workers or wait for their next attempt (<see cref="StageOptions{TIn}.MaxInFlight"/>). Never waits: items that have begun go on.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="maxInFlight">At least 1; a number below that of the workers counts as that. Null for the default, which follows the workers.</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxInFlight"/> is below 1. The stage goes on with the number it has.</exception>
    public void SetMaxInFlight(string stage, int? maxInFlight)
    {
        if (maxInFlight is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(maxInFlight));
        BlockOf(stage).Workers.SetMaxInFlight(maxInFlight);
    }

    /// <summary>Where every item is at this instant. Adds up exactly.</summary>
    /// <returns>The snapshot.</returns>
    public PipelineSnapshot GetSnapshot() => _core.GetSnapshot();

    /// <summary>No more items: once everything accepted has ended, <see cref="Completion"/> comes. A feed call that still runs takes no other item, and ends.</summary>
    public void Complete() => _core.Complete();

    /// <summary>Stops gently as <see cref="StopAsync"/> does, and returns at once.</summary>
    /// <param name="gracePeriod">After it, what still runs is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items go.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="gracePeriod"/> is negative.</exception>
    public void Stop(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage)
    {
        ThrowIfNegative(gracePeriod);
        _core.Stop(mode, gracePeriod);
    }

    /// <summary>Cancels the run, and returns at once: nothing starts any more, and what runs is told by its token. <see cref="Completion"/> comes once it has ended.</summary>
    public void Cancel() => _core.Cancel();

    /// <summary>Stops gently: takes nothing more, starts nothing that <paramref name="mode"/> does not allow, retries nothing, and waits for the end.</summary>
    /// <remarks>An item whose attempt fails meanwhile ends Canceled, with the error inside, as long as it has attempts left: with checkpoints the next run makes them, after what is left of
    /// the delay. Stopping does not lift the backpressure of a slow reader of results; canceling does.</remarks>
    /// <param name="gracePeriod">After it, what still runs is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items go.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>What the run has come to: a result for every item.</returns>
    /// <exception cref="InvalidOperationException">It was called in the synchronous part of a task or a callback of this run, for whose end it would wait: nothing is stopped.</exception>
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

    /// <summary>Gives results instead of collecting them for the report: those so far first, then each as it comes, until the run ends. If it has ended already, the report has them too.</summary>
    /// <remarks>The reading begins when the first result is asked for: from then on unread results are bounded (<see cref="RunOptions.ResultCapacity"/>), and a slow reader holds the last stage back,
    /// as does one that has left. Until then results are kept without a bound, from the call on also without <see cref="RunOptions.CollectResults"/>; what came before that call is only counted
    /// there. One reader at a time. In input order with <see cref="RunOptions.OrderResults"/>.</remarks>
    /// <param name="cancellationToken">Ends the reading only.</param>
    /// <returns>The results, failures included.</returns>
    /// <exception cref="InvalidOperationException">The first result is asked for while another reader is reading.</exception>
    public IAsyncEnumerable<PipelineResult<TOut>> ReadResultsAsync(CancellationToken cancellationToken = default)
    {
        _core.Sink.AwaitReader();
        return ReadAsync(cancellationToken);
    }

    /// <summary>Cancels the run and waits for its end. Items that this leaves unfinished are counted in a warning of the log, unless the run was stopped or canceled before: call
    /// <see cref="Complete"/> and await <see cref="Completion"/>, or <see cref="StopAsync"/>, first.</summary>
    /// <returns>The wait.</returns>
    /// <exception cref="InvalidOperationException">It was called in the synchronous part of a task or a callback of this run, for whose end it would wait: nothing is canceled.</exception>
    public async ValueTask DisposeAsync()
    {
        OwnCode.ThrowIfCalling(_core.Caller.Mark, nameof(DisposeAsync));
        _core.Leave(RunLeaver.Owner);
        await ((Task)_core.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>From now on results are for a reader, which may be slow.</summary>
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
            // A reader that is canceled already has not come.
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
