namespace AntFlow.Dataflow;

/// <summary>One step in the life of an item.</summary>
public sealed record StatusEvent
{
    internal StatusEvent()
    {
    }

    /// <summary>The run (<c>RunOptions.RunId</c>).</summary>
    public required string RunId { get; init; }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The stage it happened in.</summary>
    public required string Stage { get; init; }

    /// <summary>What happened.</summary>
    public required ItemStatus Status { get; init; }

    /// <summary>The worker that had the item, such as <c>Fetch-W0</c>; null if none had it.</summary>
    public string? Worker { get; init; }

    /// <summary>The number of that worker in its stage, from 0; -1 if none had the item.</summary>
    public int WorkerIndex { get; init; } = -1;

    /// <summary>When it happened. Never before the item's previous event.</summary>
    /// <remarks>As all times of a run: the time of day at its start, and what has passed since by the timestamps of its <see cref="TimeProvider"/>. So times of a run are in order, and a run of
    /// weeks may differ from a wall clock that was set, or corrected, meanwhile.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The number of the attempt, from 1; 0 if there was none yet in this stage.</summary>
    public int Attempt { get; init; }

    /// <summary>What went wrong; null where nothing did.</summary>
    public Exception? Error { get; init; }

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    public required IReadOnlyDictionary<string, object?> Metadata { get; init; }

    /// <summary>How many events a slow reader of <c>WatchAsync</c> has missed just before this one; 0 elsewhere.</summary>
    public long Missed { get; init; }
}
