namespace AntFlow.Dataflow.Snapshots;

/// <summary>A snapshot of one worker.</summary>
public sealed record WorkerSnapshot
{
    /// <summary>The name of the worker, such as <c>Fetch-W0</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Whether the worker is running user code.</summary>
    public bool IsBusy { get; init; }

    /// <summary>Whether the worker is not busy because it waits for room, in the queue of the next stage or for the reader of the results. Its last item has already been handed on, and it takes
    /// no other item meanwhile. <see cref="StageSnapshot.BlockedWorkers"/> is the number of such workers of a stage.</summary>
    public bool IsWaitingForRoom { get; init; }

    /// <summary>The item that the worker is busy with; null if it is not busy.</summary>
    public ItemId? ItemId { get; init; }

    /// <summary>The task or callback that the worker is running; null if it is not busy.</summary>
    public string? Task { get; init; }

    /// <summary>The status that the task has set (<c>StageContext.SetStatus</c>); null if it has set none.</summary>
    public string? TaskStatus { get; init; }

    /// <summary>Since when the worker has been busy, or idle; null if it has not started yet.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The number of items that the worker has handed on.</summary>
    public long Processed { get; init; }

    /// <summary>The number of items that have failed while the worker processed them.</summary>
    public long Failed { get; init; }

    /// <summary>The total time that the worker has run user code, without the current call.</summary>
    public TimeSpan BusyTime { get; init; }

    /// <summary><see cref="BusyTime"/> divided by the number of items that the worker has finished; null if there are none yet.</summary>
    public TimeSpan? AverageTime { get; init; }

    /// <summary>When the worker last ended a call of user code; null if it has not started yet.</summary>
    public DateTimeOffset? LastActive { get; init; }
}
