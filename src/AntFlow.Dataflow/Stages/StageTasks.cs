namespace AntFlow.Dataflow;

/// <summary>The tasks of a stage, in the order in which one worker runs them for an item. Immutable.</summary>
/// <remarks>You get one from <c>StageWithTasks</c>, <c>ThenWithTasks</c> and <c>Stage.CreateWithTasks</c>.</remarks>
/// <typeparam name="TIn">The input type of the first task.</typeparam>
/// <typeparam name="TOut">The output type of the last task.</typeparam>
public sealed partial class StageTasks<TIn, TOut>
{
    internal StageTasks(IReadOnlyList<StageTask> tasks)
    {
        Tasks = tasks;
    }

    internal IReadOnlyList<StageTask> Tasks { get; }

    private StageTasks<TIn, TNext> Add<TNext>(string name, TaskForm<TOut, TNext> form, int? maxConcurrency) =>
        new([.. Tasks, new StageTask<TOut, TNext>(name, form, maxConcurrency)]);
}
