namespace AntFlow.Dataflow;

/// <summary>The tasks of a stage, in the order in which one worker runs them for an item. Immutable.</summary>
/// <remarks>Begun by <c>StageWithTasks</c>, <c>ThenWithTasks</c> and <c>Stage.CreateWithTasks</c>.</remarks>
/// <typeparam name="TIn">What the first task gets.</typeparam>
/// <typeparam name="TOut">What the last task makes.</typeparam>
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
