using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AntFlow.Dataflow;

/// <summary>A blueprint of stages. Immutable; you can start any number of runs of it, also at the same time.</summary>
/// <typeparam name="TIn">The type of the items that the pipeline takes.</typeparam>
/// <typeparam name="TOut">The type of the values that the last stage returns.</typeparam>
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

    /// <summary>The names of the workers that a run starts with, by stage name: <c>Fetch-W0</c>, <c>Fetch-W1</c>, and so on.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> WorkerNames { get; }

    internal Func<TIn, ItemId>? Identify => (Func<TIn, ItemId>?)_settings.Identify;

    /// <summary>Runs items to the end.</summary>
    /// <remarks>Tasks and all other code of the pipeline see the AsyncLocals of the caller: the culture, log scopes, <see cref="System.Diagnostics.Activity.Current"/>. If the caller has
    /// suppressed the flow (<see cref="ExecutionContext.SuppressFlow"/>), they see none of these.</remarks>
    /// <param name="items">The items to run. They are enumerated as the first stage has room.</param>
    /// <param name="options">How to run them. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <returns>A report with a result for every item, in input order, failures included.</returns>
    /// <exception cref="PipelineCanceledException{T}">The token was canceled before the run was complete: an item ended Canceled, or part of the input was not taken. The exception contains the
    /// report.</exception>
    /// <exception cref="PipelineInputException">The input threw. The items accepted before that have been processed. The exception contains the report.</exception>
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

    /// <summary>Runs items and returns their results as they complete, or in input order with <see cref="RunOptions.OrderResults"/>.</summary>
    /// <remarks>The run starts when you enumerate the results, which you can do once. The number of unread results is bounded (<see cref="RunOptions.ResultCapacity"/>): a slow reader holds the
    /// stages back. Leaving the enumeration early cancels the run and waits for its end; a log warning reports how many items were unfinished. Code of the pipeline sees the AsyncLocals of the
    /// caller of this method, wherever the results are read.</remarks>
    /// <param name="items">The items to run. They are enumerated as the first stage has room.</param>
    /// <param name="options">How to run them. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run. The enumeration returns the results that are available by then, and then throws.</param>
    /// <returns>The results, failures included. The end of the enumeration throws the same exceptions as <see cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>.</returns>
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

    /// <summary>Starts a run that you feed yourself. It continues until <see cref="PipelineRun{TIn, TOut}.Complete"/> or until it is stopped.</summary>
    /// <remarks>Tasks and all other code of the pipeline see the AsyncLocals of the caller, but not its <see cref="System.Diagnostics.Activity"/>, because a run may take weeks and is not part of
    /// the request that started it. The run keeps references to those values; to avoid this, start it with a suppressed flow (<see cref="ExecutionContext.SuppressFlow"/>).</remarks>
    /// <param name="options">How to run it. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run, as <see cref="PipelineRun{TIn, TOut}.Cancel"/> does. It does not cancel this call.</param>
    /// <returns>The run. Disposing it cancels it. With a <see cref="RunOptions.Display"/>, the call blocks its thread until the <c>OnStart</c> of the display has returned, for at most
    /// <see cref="RunOptions.AbandonAfter"/>. Without a display it never waits. In a server, watch runs with observers, snapshots and <see cref="PipelineRuns.Live"/> instead.</returns>
    public PipelineRun<TIn, TOut> Start(RunOptions? options = null, CancellationToken cancellationToken = default)
    {
        // It is not known yet whether there will be a reader: until one arrives, results are collected. In order, results that are not collected are kept for a reader.
        ResultMode results = options is { OrderResults: true, CollectResults: false } ? ResultMode.Read : ResultMode.Collect;
        PipelineRun<TIn, TOut> run = Caller.WithoutActivity(() => Begin(options, results, total: null, mayBeRead: true));
        StopTriggers.Cancel(run.Core, cancellationToken);
        run.Core.Display?.WaitUntilStarted();
        return run;
    }

    /// <summary>Starts a run as a block of a dataflow graph. The block takes items as a target and returns their results as a source.</summary>
    /// <remarks>Offers are postponed while the queue of the first stage is full. The number of unread results is bounded (<see cref="RunOptions.ResultCapacity"/>), and unread results hold the
    /// last stage back. Results are never collected for the report. Code of the pipeline sees the AsyncLocals of the caller, but not its <see cref="System.Diagnostics.Activity"/>, as with
    /// <see cref="Start(RunOptions?, CancellationToken)"/>.</remarks>
    /// <param name="options">How to run it. Default: the defaults of the options.</param>
    /// <returns>The block. With a <see cref="RunOptions.Display"/>, the call waits for the <c>OnStart</c> of the display.</returns>
    public PipelineBlock<TIn, TOut> AsBlock(RunOptions? options = null)
    {
        options ??= new RunOptions();
        int capacity = options.ResultCapacity;
        PipelineRun<TIn, TOut> run = Caller.WithoutActivity(() => Begin(options, ResultMode.Read, total: null, forBlock: true));
        run.Core.Display?.WaitUntilStarted();
        return new PipelineBlock<TIn, TOut>(run, capacity);
    }

    /// <summary>Returns the stages in their order, with their workers and tasks: <c>Fetch (10 workers) -> Save (1 worker)</c>.</summary>
    /// <returns>One line of text.</returns>
    public override string ToString() => _graph.ToString();

    /// <summary>Returns the stages and their links as a Mermaid flowchart, which GitHub, GitLab and many editors draw. <see cref="PipelineSnapshot.ToMermaid"/> draws a run with its counts.</summary>
    /// <returns>The text of the chart, from <c>flowchart LR</c> on.</returns>
    public string ToMermaid() => _graph.ToMermaid();

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
            // Only code that can obtain the run can wait for it.
            Caller = forBlock || mayBeRead ? Caller.CaptureMarked() : Caller.Capture(),
            Tracker = options.Tracker ?? _settings.Tracker,
            Observers = [.. _settings.Observers.Select(make => make() ?? throw new InvalidOperationException("The function given to WithObserver returned null; it must return an observer.")), .. options.Observers],
            Results = results == ResultMode.Collect && !options.CollectResults ? ResultMode.Drop : results,
            // A block holds unread results in its source half; the run itself holds none back.
            ResultBound = forBlock && !options.OrderResults ? 1 : options.ResultCapacity,
            InOrder = options.OrderResults && (mayBeRead || results != ResultMode.Collect),
            AbandonAfter = options.AbandonAfter,
            StopAfterFailures = options.StopAfterFailures,
            GracePeriod = options.GracePeriod,
            IsShown = options.Display is not null,
            Seed = options.Seed,
            Total = total ?? options.Total,
            InputCount = total ?? (forBlock || mayBeRead ? null : options.Total),
            DuplicateHandling = options.DuplicateHandling ?? (_settings.Checkpoints is null ? null : DuplicateHandling.Fail),
            Checkpoints = _settings.Checkpoints,
            // RunAsync and StreamAsync feed unfinished items again from their input; other runs bring them back from the store.
            BringsBack = _settings.Checkpoints is { Options.PersistInput: true } && (forBlock || mayBeRead),
        };
        var run = new PipelineRun<TIn, TOut>(this, RunCore<TOut>.Start(plan));
        if (options.IsListed)
            PipelineRuns.Add(run, run.Completion);
        if (options.Display is { } display)
            run.Core.Show(display, run, options.UpdateInterval);

        StopTriggers.Stop(run.Core, options.StopToken, options.StopOnSignals, options.StopMode);
        return run;
    }

    private async Task<PipelineReport<TOut>> RunAsync(Input<TIn> input, RunOptions? options, CancellationToken cancellationToken)
    {
        PipelineRun<TIn, TOut> run = Begin(options, ResultMode.Collect, input.Count);
        await using (run.ConfigureAwait(false))
        {
            var feed = new InputFeed<TIn, TOut>(run.Core, run.First, input, cancellationToken);
            PipelineReport<TOut> report = await run.Completion.ConfigureAwait(false);
            await feed.LeaveInputAsync().ConfigureAwait(false);
            feed.ThrowIfNotWhole(report);
            return report;
        }
    }

    private ResultStream<TOut> Stream(Input<TIn> input, RunOptions? options, CancellationToken cancellationToken) =>
        new(
            Caller.Keep((CancellationToken token) =>
            {
                PipelineRun<TIn, TOut> run = Begin(options, ResultMode.Read, input.Count);
                var feed = new InputFeed<TIn, TOut>(run.Core, run.First, input, token);
                return new StreamedRun<TOut>(run.Core, feed.LeaveInputAsync, feed.ThrowIfNotWhole);
            }),
            cancellationToken);
}
