namespace AntFlow.Dataflow.Observers;

/// <summary>What happened to an item, before anything is made of it.</summary>
/// <remarks><c>IsEnd</c> says that nothing more will happen to the item: the engine knows, and it cannot be told from the stage.</remarks>
internal readonly record struct ItemMoment(
    ItemStatus Status, string Stage, int StageIndex, string? Worker, int WorkerIndex, long Timestamp, int Attempt, Exception? Error, bool IsEnd)
{
    /// <summary>The function beside the tasks that the item failed in; null for a task, and of one that has not failed.</summary>
    public string? Function { get; init; }
}

/// <summary>What happened to a call of a task.</summary>
internal readonly record struct TaskMoment(
    TaskStep Step, string Stage, int StageIndex, string Task, string Worker, int WorkerIndex, int Attempt, long Timestamp, TimeSpan Duration, Exception? Error);
