namespace AntFlow.Dataflow;

/// <summary>A run at one instant: where every item is. It adds up exactly:
/// <c>Fed = Queued + Limited + InProgress + Retrying + Saving + Blocked + Succeeded + Failed + Canceled</c>.</summary>
public sealed record PipelineSnapshot
{
    internal PipelineSnapshot()
    {
    }

    /// <summary>When it was taken.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>How many items there will be; null where nobody knows, as with streams and runs that are fed by hand.</summary>
    public long? Total { get; init; }

    /// <summary>How many items were accepted. Counted at acceptance, not derived.</summary>
    public required long Fed { get; init; }

    /// <summary>Items that wait for a worker.</summary>
    public long Queued { get; init; }

    /// <summary>Items that wait for a permit of their task's limit.</summary>
    public long Limited { get; init; }

    /// <summary>Items in the hands of workers.</summary>
    public long InProgress { get; init; }

    /// <summary>Those of <see cref="InProgress"/> whose attempt is past its time and has not ended yet.</summary>
    public long Overdue { get; init; }

    /// <summary>Items that wait for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>Items whose result is being made durable. Zero without checkpoints.</summary>
    public long Saving { get; init; }

    /// <summary>Succeeded items beyond the bound of a slow reader of results.</summary>
    public long Blocked { get; init; }

    /// <summary>Items that have passed all stages.</summary>
    public long Succeeded { get; init; }

    /// <summary>Items that have failed.</summary>
    public long Failed { get; init; }

    /// <summary>Items that were canceled.</summary>
    public long Canceled { get; init; }

    /// <summary>The stages, in their order.</summary>
    public required IReadOnlyList<StageSnapshot> Stages { get; init; }

    /// <summary>The workers, by stage and number. Those taken away that still run are among them.</summary>
    public required IReadOnlyList<WorkerSnapshot> WorkerStates { get; init; }

    /// <summary>What went wrong so far.</summary>
    public required ErrorSummary Errors { get; init; }
}
