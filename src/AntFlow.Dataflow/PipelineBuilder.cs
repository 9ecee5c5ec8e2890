namespace AntFlow.Dataflow;

/// <summary>Builds pipelines: <c>PipelineBuilder.Stage&lt;TIn, TOut&gt;("Upload", UploadAsync, workers: 10).Then("Save", SaveAsync).Build()</c>.</summary>
/// <remarks>A builder is immutable: every call gives a new one, and forks are fine. What is wrong is told at <c>Build()</c>, all of it at once.</remarks>
public static partial class PipelineBuilder
{
    /// <summary>Begins a pipeline with a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <typeparam name="TIn">What the pipeline gets.</typeparam>
    /// <typeparam name="TOut">What the stage makes of it.</typeparam>
    /// <returns>A builder to add further stages to.</returns>
    public static PipelineBuilder<TIn, TOut> Stage<TIn, TOut>(Stage<TIn, TOut> stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return new PipelineBuilder<TIn, TOut>(new StageGraph([stage]), new BuilderSettings());
    }

    /// <summary>Begins a pipeline with a stage of several tasks, which one worker runs in sequence for an item.</summary>
    /// <param name="name">The name of the stage, unique in its pipeline.</param>
    /// <param name="tasks">Adds the tasks: <c>t => t.Task("fetch", FetchAsync, maxConcurrency: 2).Task("save", SaveAsync)</c>.</param>
    /// <param name="workers">How many workers the stage has, from 1 to 100,000. Default: 1.</param>
    /// <param name="configure">Sets the options of the stage; runs now, after <paramref name="workers"/>, and wins. Default: nothing.</param>
    /// <typeparam name="TIn">What the pipeline gets.</typeparam>
    /// <typeparam name="TOut">What the stage makes of it.</typeparam>
    /// <returns>A builder to add further stages to.</returns>
    public static PipelineBuilder<TIn, TOut> StageWithTasks<TIn, TOut>(
        string name, Func<StageTasks<TIn, TIn>, StageTasks<TIn, TOut>> tasks, int? workers = null, Action<StageOptions<TIn, TOut>>? configure = null) =>
        Stage(Dataflow.Stage<TIn, TOut>.OfTasks(name, tasks, workers, configure));
}
