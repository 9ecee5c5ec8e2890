using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AntFlow.Dataflow;

/// <summary>A blueprint of stages. Immutable; any number of runs may be made of it, also at once.</summary>
/// <typeparam name="TIn">What it gets.</typeparam>
/// <typeparam name="TOut">What it makes.</typeparam>
public sealed class Pipeline<TIn, TOut>
{
    private readonly StageGraph _graph;
    private readonly BuilderSettings _settings;

    internal Pipeline(StageGraph graph, BuilderSettings settings)
    {
        _graph = graph;
        _settings = settings;
        WorkerNames = graph.Stages.ToDictionary(
            stage => stage.Name,
            stage => (IReadOnlyList<string>)[.. Enumerable.Range(0, stage.Workers).Select(index => Dataflow.WorkerNames.Of(stage.Name, index))],
            StringComparer.Ordinal);
    }

    /// <summary>The stages, in their order.</summary>
    public IReadOnlyList<Stage> Stages => _graph.Stages;

    /// <summary>The names of the workers a run begins with: stage name to <c>Fetch-W0</c>, <c>Fetch-W1</c>, and so on.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> WorkerNames { get; }

    internal Func<TIn, ItemId>? Identify => (Func<TIn, ItemId>?)_settings.Identify;

    /// <summary>Runs items to the end.</summary>
    /// <remarks>Tasks and all other code of the pipeline see what the caller has in its AsyncLocals: the culture, log scopes, <see cref="System.Diagnostics.Activity.Current"/>. Where the flow is
    /// suppressed (<see cref="ExecutionContext.SuppressFlow"/>) they see nothing of it.</remarks>
    /// <param name="items">What to run. Pulled as the first stage has room.</param>
    /// <param name="options">How to run it. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <returns>What the run has come to: a result for every item, in input order, failures included.</returns>
    /// <exception cref="PipelineCanceledException{T}">The token was canceled, and an item ended Canceled or input was left untaken. Has the report.</exception>
    /// <exception cref="PipelineInputException">The input threw; what was accepted before has been finished. Has the report.</exception>
    public Task<PipelineReport<TOut>> RunAsync(IEnumerable<TIn> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(Input<TIn>.Of(items), options, cancellationToken);

    /// <inheritdoc cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public Task<PipelineReport<TOut>> RunAsync(IEnumerable<WorkItem<TIn>> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(Input<TIn>.Of(items), options, cancellationToken);

    /// <inheritdoc cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public Task<PipelineReport<TOut>> RunAsync(IAsyncEnumerable<TIn> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(Input<TIn>.Of(items), options, cancellationToken);

    /// <inheritdoc cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public Task<PipelineReport<TOut>> RunAsync(IAsyncEnumerable<WorkItem<TIn>> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(Input<TIn>.Of(items), options, cancellationToken);

    /// <summary>Runs items and gives their results as they come, in completion order, or in input order with <see cref="RunOptions.OrderResults"/>.</summary>
    /// <remarks>Nothing happens before the results are asked for, and they can be asked for once. Unread results are bounded
    /// (<see cref="RunOptions.ResultCapacity"/>): a slow reader holds the stages back. Leaving early cancels the run and waits for its end; a warning of the log
    /// counts the items that are unfinished then. Code of the pipeline sees what the caller of this method has in its AsyncLocals, wherever the results are read.</remarks>
    /// <param name="items">What to run. Pulled as the first stage has room.</param>
    /// <param name="options">How to run it. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run; results that are there by then still come, and then the exception.</param>
    /// <returns>The results, failures included. Throws at its end as <see cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/> does.</returns>
    public IAsyncEnumerable<PipelineResult<TOut>> StreamAsync(IEnumerable<TIn> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(Input<TIn>.Of(items), options, cancellationToken);

    /// <inheritdoc cref="StreamAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public IAsyncEnumerable<PipelineResult<TOut>> StreamAsync(IEnumerable<WorkItem<TIn>> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(Input<TIn>.Of(items), options, cancellationToken);

    /// <inheritdoc cref="StreamAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public IAsyncEnumerable<PipelineResult<TOut>> StreamAsync(IAsyncEnumerable<TIn> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(Input<TIn>.Of(items), options, cancellationToken);

    /// <inheritdoc cref="StreamAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public IAsyncEnumerable<PipelineResult<TOut>> StreamAsync(IAsyncEnumerable<WorkItem<TIn>> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(Input<TIn>.Of(items), options, cancellationToken);

    /// <summary>Starts a run that is fed by hand, and goes on until <see cref="PipelineRun{TIn, TOut}.Complete"/> or a stop.</summary>
    /// <remarks>Tasks and all other code of the pipeline see what the caller has in its AsyncLocals, but no <see cref="System.Diagnostics.Activity"/>: a run that goes on for weeks is no part of the
    /// request that began it. The run keeps those values alive; start it with a suppressed flow (<see cref="ExecutionContext.SuppressFlow"/>) where it must not.</remarks>
    /// <param name="options">How to run it. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run, as <see cref="PipelineRun{TIn, TOut}.Cancel"/> does. Does not end the call.</param>
    /// <returns>The run. Disposing it cancels it. With a <see cref="RunOptions.Display"/>, the call holds its thread until the <c>OnStart</c> of that has returned, no longer than
    /// <see cref="RunOptions.AbandonAfter"/>. Without one it never waits: in a server, watch runs by observers, snapshots and <see cref="PipelineRuns.Live"/>.</returns>
    public PipelineRun<TIn, TOut> Start(RunOptions? options = null, CancellationToken cancellationToken = default)
    {
        // Whether there will be a reader is not known yet: until one comes, results are collected. In order, what is not collected is for a reader.
        ResultMode results = options is { OrderResults: true, CollectResults: false } ? ResultMode.Read : ResultMode.Collect;
        PipelineRun<TIn, TOut> run = Caller.WithoutActivity(() => Begin(options, results, total: null, mayBeRead: true));
        EndRequests.Cancel(run.Core, cancellationToken);
        run.Core.Display?.WaitUntilStarted();
        return run;
    }

    /// <summary>Starts a run as a block of a dataflow graph: it takes items as a target, and gives their results as a source.</summary>
    /// <remarks>Offers are postponed while the first stage's queue is full. Unread results are bounded (<see cref="RunOptions.ResultCapacity"/>) and hold the last stage
    /// back. Results are never collected for the report. Code of the pipeline sees what the caller has in its AsyncLocals, but no <see cref="System.Diagnostics.Activity"/>, as with
    /// <see cref="Start(RunOptions?, CancellationToken)"/>.</remarks>
    /// <param name="options">How to run it. Default: the defaults of the options.</param>
    /// <returns>The block. With a <see cref="RunOptions.Display"/>, the call waits for its <c>OnStart</c>.</returns>
    public PipelineBlock<TIn, TOut> AsBlock(RunOptions? options = null)
    {
        options ??= new RunOptions();
        int capacity = options.ResultCapacity;
        PipelineRun<TIn, TOut> run = Caller.WithoutActivity(() => Begin(options, ResultMode.Read, total: null, forBlock: true));
        run.Core.Display?.WaitUntilStarted();
        return new PipelineBlock<TIn, TOut>(run, capacity);
    }

    /// <summary>The stages in their order, with their workers and tasks: <c>Fetch (10 workers) -> Save (1 worker)</c>.</summary>
    /// <returns>The text, of one line.</returns>
    public override string ToString() => _graph.ToString();

    internal PipelineRun<TIn, TOut> Begin(RunOptions? options, ResultMode results, long? total, bool forBlock = false, bool mayBeRead = false)
    {
        options ??= new RunOptions();
        options.Check(isStored: _settings.Checkpoints is not null);
        ILogger logger = _settings.LoggerFactory?.CreateLogger("AntFlow.Dataflow") ?? NullLogger.Instance;
        var plan = new RunPlan
        {
            RunId = options.RunId ?? Guid.NewGuid().ToString("N"),
            Graph = _graph,
            Time = _settings.Time,
            Logger = logger,
            // Only code that can be given the run can wait for it.
            Caller = forBlock || mayBeRead ? Caller.CaptureMarked() : Caller.Capture(),
            Tracker = options.Tracker ?? _settings.Tracker,
            Observers = [.. _settings.Observers.Select(make => make() ?? throw new InvalidOperationException("The function given to WithObserver has returned null; it has to make an observer.")), .. options.Observers],
            Results = results == ResultMode.Collect && !options.CollectResults ? ResultMode.Drop : results,
            // A block holds unread results in its source half; the run itself keeps none back.
            ResultBound = forBlock && !options.OrderResults ? 1 : options.ResultCapacity,
            InOrder = options.OrderResults && (mayBeRead || results != ResultMode.Collect),
            AbandonAfter = options.AbandonAfter,
            StopAfterFailures = options.StopAfterFailures,
            GracePeriod = options.GracePeriod,
            IsShown = options.Display is not null,
            Seed = options.Seed,
            Total = total ?? options.Total,
            InputCount = total ?? (forBlock || mayBeRead ? null : options.Total),
            OnDuplicate = options.OnDuplicate ?? (_settings.Checkpoints is null ? null : OnDuplicate.Fail),
            Checkpoints = _settings.Checkpoints,
            // What is fed as a whole feeds them itself.
            BringsBack = _settings.Checkpoints is { Options.PersistInput: true } && (forBlock || mayBeRead),
        };
        var run = new PipelineRun<TIn, TOut>(this, RunCore<TOut>.Start(plan));
        if (options.IsListed)
            PipelineRuns.Add(run, run.Completion);
        if (options.Display is { } display)
            run.Core.Show(display, run, options.UpdateInterval);

        EndRequests.Stop(run.Core, options.StopToken, options.StopOnSignals, options.StopMode);
        return run;
    }

    private async Task<PipelineReport<TOut>> RunAsync(Input<TIn> input, RunOptions? options, CancellationToken cancellationToken)
    {
        PipelineRun<TIn, TOut> run = Begin(options, ResultMode.Collect, input.Count);
        await using (run.ConfigureAwait(false))
        {
            var feeding = new Feeding<TIn, TOut>(run.Core, run.First, input, cancellationToken);
            PipelineReport<TOut> report = await run.Completion.ConfigureAwait(false);
            await feeding.LeaveInputAsync().ConfigureAwait(false);
            feeding.ThrowIfNotWhole(report);
            return report;
        }
    }

    private ResultStream<TOut> Stream(Input<TIn> input, RunOptions? options, CancellationToken cancellationToken) =>
        new(
            Caller.Keep((CancellationToken token) =>
            {
                PipelineRun<TIn, TOut> run = Begin(options, ResultMode.Read, input.Count);
                var feeding = new Feeding<TIn, TOut>(run.Core, run.First, input, token);
                return new StreamedRun<TOut>(run.Core, feeding.LeaveInputAsync, feeding.ThrowIfNotWhole);
            }),
            cancellationToken);
}
