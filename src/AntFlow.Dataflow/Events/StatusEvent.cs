using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>One change of an item.</summary>
public sealed record StatusEvent
{
    /// <summary>The name of the run (<c>RunOptions.RunId</c>).</summary>
    public required string RunId { get; init; }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The stage it happened in.</summary>
    public required string Stage { get; init; }

    /// <summary>What happened.</summary>
    public required ItemStatus Status { get; init; }

    /// <summary>The worker that processed the item, such as <c>Fetch-W0</c>; null if no worker did.</summary>
    public string? Worker { get; init; }

    /// <summary>The number of that worker in its stage, from 0; -1 if no worker processed the item.</summary>
    public int WorkerIndex { get; init; } = -1;

    /// <summary>When it happened. Never earlier than the item's previous event.</summary>
    /// <remarks>Like all times of a run, it is the time of day at the start of the run plus the time that has passed since, measured by the timestamps of its <see cref="TimeProvider"/>. Therefore
    /// the times of a run never go back. In a run of weeks they may differ from a wall clock that was adjusted meanwhile.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The number of the attempt, from 1; 0 if no attempt was made in this stage yet.</summary>
    public int Attempt { get; init; }

    /// <summary>The error, or null if nothing failed.</summary>
    /// <remarks>Not in JSON. An event read from JSON has a <see cref="StoredFailureException"/> made from <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Error { get; init; }

    /// <summary><see cref="Error"/> as data, created when it is read; null if there is no error. Setting it sets <see cref="Error"/>.</summary>
    public ErrorInfo? ErrorInfo
    {
        get => Error is null ? null : ErrorInfo.From(Error);
        init => Error = value?.ToException();
    }

    /// <summary>The metadata of the item. Empty if it has none.</summary>
    [JsonConverter(typeof(MetadataJsonConverter))]
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; } = Item.NoMetadata;

    /// <summary>The number of events that a slow reader of <c>WatchAsync</c> missed immediately before this one; else 0.</summary>
    public long Missed { get; init; }

    /// <summary>Returns the item, what happened, where, when, and the error if there is one, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string by = Worker is null ? string.Empty : " by " + Worker;
        string attempt = Attempt == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", attempt {Attempt}");
        string error = Error is null ? string.Empty : ": " + ErrorText.Line(Error);
        return string.Create(CultureInfo.InvariantCulture, $"{ItemId} {Status} in {Stage}{by} at {Timestamp:O}{attempt}{error}");
    }
}
