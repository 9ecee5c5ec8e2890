namespace AntFlow.Dataflow;

/// <summary>What happened to an item, before anybody makes an event of it.</summary>
/// <remarks><c>IsEnd</c> says that nothing more will happen to the item: the engine knows, and whoever watches cannot tell it from the stage.</remarks>
internal readonly record struct ItemMoment(
    ItemStatus Status, string Stage, int StageIndex, string? Worker, int WorkerIndex, long Timestamp, int Attempt, Exception? Error, bool IsEnd)
{
    /// <summary>The function beside the tasks that the item failed in; null for a task, and of one that has not failed.</summary>
    public string? Function { get; init; }
}

internal enum TaskStep
{
    Start,
    Complete,
    Retry,
    Fail,
}

/// <summary>What happened to a call of a task.</summary>
internal readonly record struct TaskMoment(
    TaskStep Step, string Stage, string Task, string Worker, int Attempt, long Timestamp, TimeSpan Duration, Exception? Error);

/// <summary>The seam of all who watch a run: tracker, log, meters. The engine names none of them.</summary>
/// <remarks>Called by the owner of the item, one call at a time for one item, never under a lock. Must return quickly; one that cannot keep up says so by
/// <see cref="IsFull"/>, and the worker or feeder then waits before it goes on with its next item.</remarks>
internal abstract class RunObserver
{
    /// <summary>Whether workers and feeders should wait, by <see cref="WaitForRoomAsync"/>.</summary>
    public virtual bool IsFull => false;

    /// <summary>Whether calls of tasks are of interest. Asked once, when the run starts.</summary>
    public virtual bool HearsTasks => true;

    public virtual void OnRunStarted(string runId, RunClock clock, IReadOnlyList<string> stages)
    {
    }

    public abstract void OnStatus(Item item, in ItemMoment moment);

    public abstract void OnTask(Item item, in TaskMoment moment);

    public virtual ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => default;

    /// <summary>Delivers what is still to be delivered. The run's completion waits for it.</summary>
    public virtual Task OnRunEndedAsync() => Task.CompletedTask;
}
