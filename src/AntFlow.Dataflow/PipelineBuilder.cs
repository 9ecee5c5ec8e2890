namespace AntFlow.Dataflow;

/// <summary>Builds pipelines: <c>PipelineBuilder.Stage&lt;TIn, TOut&gt;("Upload", UploadAsync, workers: 10).Then("Save", SaveAsync).Build()</c>.</summary>
/// <remarks>A builder is immutable: every call returns a new one, so you can fork it. <c>Build()</c> checks the configuration and reports all faults at once.</remarks>
public static partial class PipelineBuilder
{
    /// <summary>Starts a pipeline that has no stage yet: for one that begins with a shape, such as <c>PipelineBuilder.Of&lt;Order>().ThenWhere("Valid", order => order.IsValid)</c>.</summary>
    /// <typeparam name="T">The type of the items that the pipeline takes.</typeparam>
    /// <returns>A builder to add stages to. <c>Build()</c> reports a pipeline without stages.</returns>
    public static PipelineBuilder<T, T> Of<T>() => new(StageGraph.Empty, new BuilderSettings());

    /// <summary>Starts a pipeline with a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <typeparam name="TIn">The type of the items that the pipeline takes.</typeparam>
    /// <typeparam name="TOut">The type of the values that the stage returns.</typeparam>
    /// <returns>A builder to add further stages to.</returns>
    public static PipelineBuilder<TIn, TOut> Stage<TIn, TOut>(Stage<TIn, TOut> stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return new PipelineBuilder<TIn, TOut>(StageGraph.Empty.Then(stage), new BuilderSettings());
    }

    /// <summary>Starts a pipeline with a stage of several tasks. One worker runs all tasks of an item in sequence.</summary>
    /// <param name="name">The name of the stage, unique in its pipeline.</param>
    /// <param name="tasks">Adds the tasks: <c>t => t.Task("fetch", FetchAsync, maxConcurrency: 2).Task("save", SaveAsync)</c>.</param>
    /// <param name="workers">The number of workers of the stage, from 1 to 100,000. Default: 1.</param>
    /// <param name="configure">Sets the options of the stage. It is called immediately, after <paramref name="workers"/> is applied, and overrides it. Default: no further options.</param>
    /// <typeparam name="TIn">The type of the items that the pipeline takes.</typeparam>
    /// <typeparam name="TOut">The type of the values that the stage returns.</typeparam>
    /// <returns>A builder to add further stages to.</returns>
    public static PipelineBuilder<TIn, TOut> StageWithTasks<TIn, TOut>(
        string name, Func<StageTasks<TIn, TIn>, StageTasks<TIn, TOut>> tasks, int? workers = null, Action<StageOptions<TIn, TOut>>? configure = null) =>
        Stage(Dataflow.Stage<TIn, TOut>.OfTasks(name, tasks, workers, configure));
}
