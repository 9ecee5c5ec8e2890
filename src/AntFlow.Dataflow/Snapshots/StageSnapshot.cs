namespace AntFlow.Dataflow;

/// <summary>One stage at one instant.</summary>
public sealed record StageSnapshot
{
    internal StageSnapshot()
    {
    }

    /// <summary>The name of the stage.</summary>
    public required string Name { get; init; }

    /// <summary>How many workers it is to have.</summary>
    public required int Workers { get; init; }

    /// <summary>Items that wait for a worker; those due again included.</summary>
    public long Queued { get; init; }

    /// <summary>Items that wait for a permit of their task's limit.</summary>
    public long Limited { get; init; }

    /// <summary>Items in the hands of workers, past their time included.</summary>
    public long InProgress { get; init; }

    /// <summary>Those of <see cref="InProgress"/> whose attempt is past its time and has not ended yet.</summary>
    public long Overdue { get; init; }

    /// <summary>Items that wait for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>Items whose result is being made durable. Zero without checkpoints.</summary>
    public long Saving { get; init; }

    /// <summary>How many items have come into the stage: <c>Queued + Limited + InProgress + Retrying + Saving + Completed + Skipped + Failed + Canceled</c>.</summary>
    public long Arrived { get; init; }

    /// <summary>How many items it has handed on after running its tasks.</summary>
    public long Completed { get; init; }

    /// <summary>How many items it has handed on without running its tasks.</summary>
    public long Skipped { get; init; }

    /// <summary>How many items have failed in it.</summary>
    public long Failed { get; init; }

    /// <summary>How many items were canceled in it, or at its door.</summary>
    public long Canceled { get; init; }

    /// <summary>How many calls of its tasks were begun, refused ones included.</summary>
    public long Attempts { get; init; }

    /// <summary>How many of those calls were refused by throttling, and so were no attempts of their items.</summary>
    public long Throttled { get; init; }

    /// <summary>Workers that wait for room in the next stage, where their item is already queued; in the last stage, for the reader of the results.</summary>
    public int BlockedWorkers { get; init; }

    /// <summary>Whether the stage, or the whole run, is paused.</summary>
    public bool IsPaused { get; init; }
}
