using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>One step in the life of an item.</summary>
public sealed record StatusEvent
{
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
    /// <remarks>Not in JSON: one that was read has a <see cref="StoredFailureException"/> made of <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Error { get; init; }

    /// <summary><see cref="Error"/> as data, made when it is asked for; null if there is none. To set it sets <see cref="Error"/>.</summary>
    public ErrorInfo? ErrorInfo
    {
        get => Error is null ? null : ErrorInfo.From(Error);
        init => Error = value?.ToException();
    }

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    [JsonConverter(typeof(MetadataJsonConverter))]
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; } = Item.NoMetadata;

    /// <summary>How many events a slow reader of <c>WatchAsync</c> has missed just before this one; 0 elsewhere.</summary>
    public long Missed { get; init; }

    /// <summary>The item, what happened, where, when, and the error if there is one, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string by = Worker is null ? string.Empty : " by " + Worker;
        string attempt = Attempt == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", attempt {Attempt}");
        string error = Error is null ? string.Empty : ": " + ErrorText.Line(Error);
        return string.Create(CultureInfo.InvariantCulture, $"{ItemId} {Status} in {Stage}{by} at {Timestamp:O}{attempt}{error}");
    }
}
