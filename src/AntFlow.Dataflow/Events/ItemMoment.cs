namespace AntFlow.Dataflow.Observers;

/// <summary>What happened to an item, in the form that the engine passes to its observers.</summary>
/// <remarks><c>IsEnd</c> tells whether this is the last thing that happens to the item: only the engine knows this, because it does not follow from the stage.</remarks>
internal readonly record struct ItemMoment(
    ItemStatus Status, string Stage, int StageIndex, string? Worker, int WorkerIndex, long ClockTimestamp, int Attempt, Exception? Error, bool IsEnd)
{
    /// <summary>The function other than the tasks in which the item failed; null if it failed in a task or has not failed.</summary>
    public string? Function { get; init; }
}

/// <summary>What happened to a call of a task, in the form that the engine passes to its observers.</summary>
internal readonly record struct TaskMoment(
    TaskEventKind Kind, string Stage, int StageIndex, string Task, string Worker, int WorkerIndex, int Attempt, long ClockTimestamp, TimeSpan Duration, Exception? Error);
