namespace AntFlow.Dataflow.Snapshots;

/// <summary>A snapshot of the limit of a task (<c>maxConcurrency</c>).</summary>
public sealed record TaskLimitSnapshot
{
    /// <summary>The name of the task.</summary>
    public required string Task { get; init; }

    /// <summary>The number of workers of the stage that may run the task at once. At least 1.</summary>
    public required int MaxConcurrency { get; init; }

    /// <summary>The number of permits in use: the workers that hold them run the task, or have just ended it.</summary>
    public required int InUse { get; init; }

    /// <summary>The number of items that wait for a permit. An item that waits for the first task occupies no worker; an item that waits for a later task occupies one. Over all limits they add up
    /// to <see cref="StageSnapshot.Limited"/>.</summary>
    public required int Waiting { get; init; }
}
