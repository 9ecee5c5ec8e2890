namespace AntFlow.Dataflow.Snapshots;

/// <summary>The limit of a task (<c>maxConcurrency</c>) at one instant.</summary>
public sealed record TaskLimitSnapshot
{
    /// <summary>The name of the task.</summary>
    public required string Task { get; init; }

    /// <summary>How many workers of the stage may run the task at once. At least 1.</summary>
    public required int MaxConcurrency { get; init; }

    /// <summary>How many hold a permit: they run the task, or have just ended it.</summary>
    public required int InUse { get; init; }

    /// <summary>How many items wait for a permit: those before the first task without a worker, those before a later one each in the hands of a worker. They sum up to <see cref="StageSnapshot.Limited"/>.</summary>
    public required int Waiting { get; init; }
}
