using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>The stages of a pipeline so far. Immutable: every call gives a new builder, and forks are fine.</summary>
/// <typeparam name="TIn">What the pipeline gets.</typeparam>
/// <typeparam name="TOut">What its last stage so far makes.</typeparam>
public sealed partial class PipelineBuilder<TIn, TOut>
{
    private readonly StageGraph _graph;
    private readonly BuilderSettings _settings;

    internal PipelineBuilder(StageGraph graph, BuilderSettings settings)
    {
        _graph = graph;
        _settings = settings;
    }

    /// <summary>Adds a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <typeparam name="TNext">What the stage makes.</typeparam>
    /// <returns>A builder with the stage added; this one does not change.</returns>
    public PipelineBuilder<TIn, TNext> Then<TNext>(Stage<TOut, TNext> stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return new PipelineBuilder<TIn, TNext>(_graph.Then(stage), _settings);
    }

    /// <summary>Adds a stage of several tasks, which one worker runs in sequence for an item.</summary>
    /// <param name="name">The name of the stage, unique in its pipeline.</param>
    /// <param name="tasks">Adds the tasks: <c>t => t.Task("fetch", FetchAsync, maxConcurrency: 2).Task("save", SaveAsync)</c>.</param>
    /// <param name="workers">How many workers the stage has, from 1 to 100,000. Default: 1.</param>
    /// <param name="configure">Sets the options of the stage; runs now, after <paramref name="workers"/>, and wins. Default: nothing.</param>
    /// <typeparam name="TNext">What the stage makes.</typeparam>
    /// <returns>A builder with the stage added; this one does not change.</returns>
    public PipelineBuilder<TIn, TNext> ThenWithTasks<TNext>(
        string name, Func<StageTasks<TOut, TOut>, StageTasks<TOut, TNext>> tasks, int? workers = null, Action<StageOptions<TOut, TNext>>? configure = null) =>
        Then(Stage<TOut, TNext>.OfTasks(name, tasks, workers, configure));

    /// <summary>Has a tracker watch the runs of the pipeline, one at a time. Default: none.</summary>
    /// <param name="tracker">The tracker.</param>
    /// <returns>A builder with the tracker; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithTracker(StatusTracker tracker)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Tracker = tracker });
    }

    /// <summary>Has an observer watch the runs of the pipeline, besides others it has. Default: none.</summary>
    /// <param name="observer">The observer. It is told of all runs, also of several at the same time.</param>
    /// <returns>A builder with the observer; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithObserver(PipelineObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return WithObserver(() => observer);
    }

    /// <summary>Has each run of the pipeline watched by an observer of its own, besides others it has. Default: none.</summary>
    /// <param name="observer">Makes the observer of a run. Called when the run starts; what it throws is thrown there.</param>
    /// <returns>A builder with the observer; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithObserver(Func<PipelineObserver> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Observers = [.. _settings.Observers, observer] });
    }

    /// <summary>Has runs of the pipeline write into a log: begin and end at Information, failures at Warning, every step of every item at Debug. Default: no log.</summary>
    /// <param name="loggerFactory">Makes the logger, of the category <c>AntFlow.Dataflow</c>.</param>
    /// <returns>A builder with the log; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithLogging(ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(loggerFactory);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { LoggerFactory = loggerFactory });
    }

    /// <summary>Says how all stages of the pipeline work that do not say it themselves, those that come later included. The last call counts, as a whole: what it leaves out is as the library has it. Default: the defaults of
    /// <see cref="StageDefaults"/>.</summary>
    /// <param name="defaults">The defaults; copied.</param>
    /// <returns>A builder with the defaults; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithStageDefaults(StageDefaults defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        return new PipelineBuilder<TIn, TOut>(_graph.With(defaults), _settings);
    }

    /// <summary>Gives runs of the pipeline their time: delays, timeouts and timestamps. Default: <see cref="TimeProvider.System"/>.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>A builder with the clock; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> WithTimeProvider(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Time = timeProvider });
    }

    /// <summary>Names items that are fed to the first stage without an id of their own. Default: automatic ids such as <c>#5</c>.</summary>
    /// <param name="identify">The id of a value. One that throws, or returns the default id, makes that item alone end Failed.</param>
    /// <returns>A builder with the function; this one does not change.</returns>
    public PipelineBuilder<TIn, TOut> IdentifyBy(Func<TIn, ItemId> identify)
    {
        ArgumentNullException.ThrowIfNull(identify);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Identify = identify });
    }

    /// <summary>Has runs of the pipeline survive their process: a stage of an item is finished once its result is in the store, and only then does the item go on,
    /// with the value as it is read back. A type that would lose something is refused when a run starts, with a <see cref="PipelineConfigurationException"/>. A run started again with the same <see cref="RunOptions.RunId"/>, which it has to have, goes on from there. Values are stored as JSON by reflection, which does not work when trimmed or compiled
    /// ahead of time; give a <see cref="JsonSerializerContext"/> there. Default: no checkpoints.</summary>
    /// <param name="store">Where they are kept. It stays yours to dispose, after its runs.</param>
    /// <param name="options">How they are used. Default: the defaults of the options.</param>
    /// <returns>A builder with checkpoints; this one does not change.</returns>
    [RequiresUnreferencedCode("Types are looked up by reflection; give a JsonSerializerContext instead.")]
    [RequiresDynamicCode("Types are looked up by reflection; give a JsonSerializerContext instead.")]
    public PipelineBuilder<TIn, TOut> WithCheckpoints(ICheckpointStore store, CheckpointOptions? options = null) =>
        WithCheckpoints(store, JsonPayloads.OfReflection(), options);

    /// <summary>Has runs of the pipeline survive their process, with values as JSON by a source-generated context.</summary>
    /// <inheritdoc cref="WithCheckpoints(ICheckpointStore, CheckpointOptions?)" path="/returns"/>
    /// <param name="store">Where they are kept. It stays yours to dispose, after its runs.</param>
    /// <param name="context">Knows the types of what every stage makes, of the answers of <c>OnceAsync</c>, and with <see cref="CheckpointOptions.PersistInput"/> of the input. Its options are used as they are.</param>
    /// <param name="options">How they are used. Default: the defaults of the options.</param>
    public PipelineBuilder<TIn, TOut> WithCheckpoints(ICheckpointStore store, JsonSerializerContext context, CheckpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        return WithCheckpoints(store, JsonPayloads.Of(context), options);
    }

    /// <summary>Has runs of the pipeline survive their process, with values as a serializer of one's own writes them.</summary>
    /// <inheritdoc cref="WithCheckpoints(ICheckpointStore, CheckpointOptions?)" path="/returns"/>
    /// <param name="store">Where they are kept. It stays yours to dispose, after its runs.</param>
    /// <param name="serializer">Turns values into bytes and back.</param>
    /// <param name="options">How they are used. Default: the defaults of the options.</param>
    public PipelineBuilder<TIn, TOut> WithCheckpoints(ICheckpointStore store, IPayloadSerializer serializer, CheckpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(serializer);
        return new PipelineBuilder<TIn, TOut>(_graph, _settings with { Checkpoints = new CheckpointPlan(store, serializer, (options ?? new CheckpointOptions()).Copy()) });
    }

    /// <summary>Checks everything and makes the pipeline.</summary>
    /// <returns>The pipeline: a blueprint for any number of runs.</returns>
    /// <exception cref="PipelineConfigurationException">Something is wrong; tells all of it.</exception>
    public Pipeline<TIn, TOut> Build()
    {
        List<string> faults = [];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int index, Stage stage) in _graph.Stages.Index())
        {
            int number = index + 1;
            string who = string.IsNullOrWhiteSpace(stage.Name) ? $"Stage {number}" : $"Stage '{stage.Name}'";
            if (string.IsNullOrWhiteSpace(stage.Name))
                faults.Add($"{who}: its name is empty. Give every stage a name.");
            else if (!names.Add(stage.Name))
                faults.Add($"{who}: stage {number} has the same name as an earlier one; names of stages must differ.");
            faults.AddRange(_graph.SettingsOf(stage).FindFaults().Concat(stage.Faults).Select(fault => $"{who}: {fault}"));
        }

        faults.AddRange(_settings.Checkpoints?.Options.FindFaults() ?? []);
        return faults.Count == 0 ? new Pipeline<TIn, TOut>(_graph, _settings) : throw new PipelineConfigurationException(faults);
    }

    /// <summary>Builds the pipeline and runs items through it: <see cref="Build"/>, then <see cref="Pipeline{TIn, TOut}.RunAsync(IEnumerable{TIn}, RunOptions?, CancellationToken)"/>.</summary>
    /// <param name="items">What to run.</param>
    /// <param name="options">How to run it. Default: the defaults of the options.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <returns>What the run has come to: a result for every item.</returns>
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
