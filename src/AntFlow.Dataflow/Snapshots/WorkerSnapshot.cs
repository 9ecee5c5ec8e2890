namespace AntFlow.Dataflow.Snapshots;

/// <summary>One worker at one instant.</summary>
public sealed record WorkerSnapshot
{
    /// <summary>The name of the worker, such as <c>Fetch-W0</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Whether it is running user code.</summary>
    public bool IsBusy { get; init; }

    /// <summary>Whether it is not busy because it waits for room, in the queue of the next stage or for the reader of the results: its last item is there already, and it takes no other one
    /// meanwhile. <see cref="StageSnapshot.BlockedWorkers"/> counts those of a stage.</summary>
    public bool IsWaitingForRoom { get; init; }

    /// <summary>The item it is busy with; null if it is not busy.</summary>
    public ItemId? ItemId { get; init; }

    /// <summary>The task (or callback) it is running; null if it is not busy.</summary>
    public string? Task { get; init; }

    /// <summary>What the task says it is doing (<c>StageContext.SetStatus</c>); null if it has said nothing.</summary>
    public string? TaskStatus { get; init; }

    /// <summary>Since when it has been busy, or not busy; null if it has not begun yet.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>How many items it has handed on.</summary>
    public long Processed { get; init; }

    /// <summary>How many items have failed in its hands.</summary>
    public long Failed { get; init; }

    /// <summary>How long it has been running user code in all, the call that runs now aside.</summary>
    public TimeSpan BusyTime { get; init; }

    /// <summary><see cref="BusyTime"/> for each item it is done with; null if there is none yet.</summary>
    public TimeSpan? AverageTime { get; init; }

    /// <summary>When it last ended user code; null if it has not begun yet.</summary>
    public DateTimeOffset? LastActive { get; init; }
}
