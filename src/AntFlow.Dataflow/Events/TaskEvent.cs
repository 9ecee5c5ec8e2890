namespace AntFlow.Dataflow;

/// <summary>One step in the life of a call of a task.</summary>
public sealed record TaskEvent
{
    internal TaskEvent()
    {
    }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The stage.</summary>
    public required string Stage { get; init; }

    /// <summary>The task.</summary>
    public required string Task { get; init; }

    /// <summary>The worker that runs it, such as <c>Fetch-W0</c>.</summary>
    public required string Worker { get; init; }

    /// <summary>The number of the attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it happened.</summary>
    /// <remarks>Counted from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>How long the call took; zero at its start.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What went wrong; null where nothing did.</summary>
    public Exception? Error { get; init; }
}
