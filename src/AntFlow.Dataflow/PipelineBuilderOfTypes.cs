using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>The stages of a pipeline so far. Immutable: every call returns a new builder, so you can fork it.</summary>
/// <typeparam name="TIn">The type of the items that the pipeline takes.</typeparam>
/// <typeparam name="TOut">The type of the values that the last stage so far returns.</typeparam>
public sealed partial class PipelineBuilder<TIn, TOut>
{
    private readonly StageGraph _graph;
    private readonly BuilderSettings _settings;

    internal PipelineBuilder(StageGraph graph, BuilderSettings settings)
    {
        _graph = graph;
        _settings = settings;
    }

    internal StageGraph Graph => _graph;

    /// <summary>What is wrong with the builder as that of a branch; null if nothing is.</summary>
    internal string? FaultOfBranch => _graph.HasDefaults || _settings != new BuilderSettings()
        ? "it sets options of the pipeline (a tracker, an observer, a log, a clock, ids, checkpoints or stage defaults), which would be lost; set them on the pipeline"
        : null;

    /// <summary>Adds a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <typeparam name="TNext">The type of the values that the stage returns.</typeparam>
    /// <returns>A builder with the stage added; this one does not change.</returns>
    public PipelineBuilder<TIn, TNext> Then<TNext>(Stage<TOut, TNext> stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return new PipelineBuilder<TIn, TNext>(_graph.Then(stage), _settings);
    }

    internal PipelineBuilder<TIn, TNext> Switch<TKey, TNext>(
        string name, TaskForm<TOut, TKey> key, Func<Routes<TOut, TKey>, Routes<TOut, TKey, TNext>> routes, int? workers, Action<StageOptions<TOut, TOut>>? configure)
    {
        ArgumentNullException.ThrowIfNull(routes);
        IReadOnlyList<Route<TKey>> all = routes(new Routes<TOut, TKey>())?.All ?? [];
        return new PipelineBuilder<TIn, TNext>(_graph.Then(SwitchForm.Create(name, key, all, workers, configure), [.. all.Select(route => route.Graph)]), _settings);
    }

    /// <summary>Adds a stage of several tasks. One worker runs all tasks of an item in sequence.</summary>
    /// <param name="name">The name of the stage, unique in its pipeline.</param>
    /// <param name="tasks">Adds the tasks: <c>t => t.Task("fetch", FetchAsync, maxConcurrency: 2).Task("save", SaveAsync)</c>.</param>
    /// <param name="workers">The number of workers of the stage, from 1 to 100,000. Default: 1.</param>
    /// <param name="configure">Sets the options of the stage. It is called immediately, after <paramref name="workers"/> is applied, and overrides it. Default: no further options.</param>
    /// <typeparam name="TNext">The type of the values that the stage returns.</typeparam>
    /// <returns>A builder with the stage added; this one does not change.</returns>
    public PipelineBuilder<TIn, TNext> ThenWithTasks<TNext>(
        string name, Func<StageTasks<TOut, TOut>, StageTasks<TOut, TNext>> tasks, int? workers = null, Action<StageOptions<TOut, TNext>>? configure = null) =>
        Then(Stage<TOut, TNext>.OfTasks(name, tasks, workers, configure));

    /// <summary>Attaches a tracker to the runs of the pipeline. A tracker watches one run at a time. Default: no tracker.</summary>
    /// <param name="tracker">The tracker.</param>
    /// <returns>A builder with the tracker; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithTracker(StatusTracker tracker)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Tracker = tracker });
    }

    /// <summary>Adds an observer to the runs of the pipeline. You can add several. Default: no observer.</summary>
    /// <param name="observer">The observer. It watches all runs of the pipeline, including runs that execute at the same time.</param>
    /// <returns>A builder with the observer; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithObserver(PipelineObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return WithObserver(() => observer);
    }

    /// <summary>Adds an observer that is created anew for each run of the pipeline. You can add several. Default: no observer.</summary>
    /// <param name="observer">Creates the observer of a run. It is called when the run starts, and an exception that it throws is thrown by the start.</param>
    /// <returns>A builder with the observer; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithObserver(Func<PipelineObserver> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Observers = [.. _settings.Observers, observer] });
    }

    /// <summary>Makes runs of the pipeline write to a log: start and end at Information, failures at Warning, every step of every item at Debug. Default: no log.</summary>
    /// <param name="loggerFactory">Creates the logger of the category <c>AntFlow.Dataflow</c>.</param>
    /// <returns>A builder with the log; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithLogging(ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(loggerFactory);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { LoggerFactory = loggerFactory });
    }

    /// <summary>Sets the defaults for all stages of the pipeline that do not set an option themselves, including stages that are added later. A later call replaces all defaults of an earlier one;
    /// a property that it leaves unset has the library's default. Default: the defaults of <see cref="StageDefaults"/>.</summary>
    /// <param name="defaults">The defaults; copied.</param>
    /// <returns>A builder with the defaults; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithStageDefaults(StageDefaults defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        return new PipelineBuilder<TIn, TOut>(_graph.With(defaults), _settings);
    }

    /// <summary>Sets the clock of the runs of the pipeline, which is used for delays, timeouts and timestamps. Default: <see cref="TimeProvider.System"/>.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>A builder with the clock; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithTimeProvider(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Time = timeProvider });
    }

    /// <summary>Sets the function that returns the id of items that are fed to the first stage without one. Default: automatic ids such as <c>#5</c>.</summary>
    /// <param name="identify">Returns the id of a value. If it throws or returns the default id, only that item fails.</param>
    /// <returns>A builder with the function; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> IdentifyBy(Func<TIn, ItemId> identify)
    {
        ArgumentNullException.ThrowIfNull(identify);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Identify = identify });
    }

    /// <summary>Stores the progress of runs, so that a run can be resumed after its process has ended. A stage of an item is finished once its result is in the store. Only then does the item
    /// continue, with the value as it is read back from the store. To resume a run, start it with the same <see cref="RunOptions.RunId"/>, which is required. If a value of a type would not be
    /// read back completely, the start of the run throws a <see cref="PipelineConfigurationException"/>. Values are stored as JSON by reflection. This does not work in an application that is
    /// trimmed or compiled ahead of time; pass a <see cref="JsonSerializerContext"/> there. Default: no checkpoints.</summary>
    /// <param name="store">The store of the checkpoints. The pipeline does not dispose it; dispose it after its runs have ended.</param>
    /// <param name="options">How checkpoints are used. Default: the defaults of the options.</param>
    /// <returns>A builder with checkpoints; this one does not change.</returns>
    [RequiresUnreferencedCode("Types are looked up by reflection; give a JsonSerializerContext instead.")]
    [RequiresDynamicCode("Types are looked up by reflection; give a JsonSerializerContext instead.")]
    public PipelineBuilder<TIn, TOut> WithCheckpoints(ICheckpointStore store, CheckpointOptions? options = null) =>
        WithCheckpoints(store, JsonPayloads.OfReflection(), options);

    /// <summary>Stores the progress of runs, with values as JSON by a source-generated context, so that a run can be resumed after its process has ended.</summary>
    /// <inheritdoc cref="WithCheckpoints(ICheckpointStore, CheckpointOptions?)" path="/returns"/>
    /// <param name="store">The store of the checkpoints. The pipeline does not dispose it; dispose it after its runs have ended.</param>
    /// <param name="context">Contains the types of the values that every stage returns, of the answers of <c>OnceAsync</c> and, with <see cref="CheckpointOptions.PersistInput"/>, of the input.
    /// Its options are used unchanged.</param>
    /// <param name="options">How checkpoints are used. Default: the defaults of the options.</param>
    public PipelineBuilder<TIn, TOut> WithCheckpoints(ICheckpointStore store, JsonSerializerContext context, CheckpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        return WithCheckpoints(store, JsonPayloads.Of(context), options);
    }

    /// <summary>Stores the progress of runs, with values written by your own serializer, so that a run can be resumed after its process has ended.</summary>
    /// <inheritdoc cref="WithCheckpoints(ICheckpointStore, CheckpointOptions?)" path="/returns"/>
    /// <param name="store">The store of the checkpoints. The pipeline does not dispose it; dispose it after its runs have ended.</param>
    /// <param name="serializer">Turns values into bytes and back.</param>
    /// <param name="options">How checkpoints are used. Default: the defaults of the options.</param>
    public PipelineBuilder<TIn, TOut> WithCheckpoints(ICheckpointStore store, IPayloadSerializer serializer, CheckpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(serializer);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Checkpoints = new CheckpointPlan(store, serializer, (options ?? new CheckpointOptions()).Copy()) });
    }

    /// <summary>Checks the configuration and creates the pipeline.</summary>
    /// <returns>The pipeline: a blueprint for any number of runs.</returns>
    /// <exception cref="PipelineConfigurationException">The configuration has faults. The exception lists all of them.</exception>
    public Pipeline<TIn, TOut> Build()
    {
        List<string> faults = [];
        if (_graph.Stages.Count == 0)
            faults.Add("The pipeline has no stages; it must have at least one. Add it with Then.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int index, Stage stage) in _graph.Stages.Index())
        {
            int number = index + 1;
            string who = string.IsNullOrWhiteSpace(stage.Name) ? $"Stage {number}" : $"Stage '{stage.Name}'";
            if (string.IsNullOrWhiteSpace(stage.Name))
                faults.Add($"{who}: its name is empty. Give every stage a name.");
            else if (!names.Add(stage.Name))
                faults.Add($"{who}: stage {number} has the same name as an earlier one; names of stages must differ.");
            if (!stage.Settings.IsStored && _settings.Checkpoints is not null && _graph.Shape.IsExit(index))
                faults.Add($"{who}: IsStored is false, and its results are results of the pipeline: each restart would run it again for the items that have ended. Set StageOptions.IsStored to false only on a stage that another one follows.");
            faults.AddRange(_graph.SettingsOf(stage).FindFaults().Concat(stage.Faults).Select(fault => $"{who}: {fault}"));
        }

        faults.AddRange(_settings.Checkpoints?.Options.FindFaults() ?? []);
        return faults.Count == 0 ? new Pipeline<TIn, TOut>(_graph, _settings) : throw new PipelineConfigurationException(faults);
    }

    /// <summary>Builds the pipeline and runs items through it: <see cref="Build"/>, then <see cref="Pipeline{TIn, TOut}.RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>.</summary>
    /// <param name="items">The items to run.</param>
    /// <param name="options">How to run them. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <returns>A report with a result for every item, in input order, failures included.</returns>
    public Task<PipelineReport<TOut>> RunAsync(IEnumerable<TIn> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Build().RunAsync(items, options, cancellationToken);

    /// <inheritdoc cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public Task<PipelineReport<TOut>> RunAsync(IEnumerable<WorkItem<TIn>> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Build().RunAsync(items, options, cancellationToken);

    /// <inheritdoc cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public Task<PipelineReport<TOut>> RunAsync(IAsyncEnumerable<TIn> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Build().RunAsync(items, options, cancellationToken);

    /// <inheritdoc cref="RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>
    public Task<PipelineReport<TOut>> RunAsync(IAsyncEnumerable<WorkItem<TIn>> items, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Build().RunAsync(items, options, cancellationToken);
}
