using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>One step in the life of a call of a task.</summary>
public sealed record TaskEvent
{
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
    /// <remarks>Not in JSON: one that was read has a <see cref="StoredFailureException"/> made of <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Error { get; init; }

    /// <summary><see cref="Error"/> as data, made when it is asked for; null if there is none. To set it sets <see cref="Error"/>.</summary>
    public ErrorInfo? ErrorInfo
    {
        get => Error is null ? null : ErrorInfo.From(Error);
        init => Error = value?.ToException();
    }

    /// <summary>The item, the task, where, when, and the error if there is one, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{ItemId}: {Task} of {Stage} by {Worker} at {Timestamp:O}, attempt {Attempt}, {Duration:c}{(Error is null ? string.Empty : ": " + ErrorText.Line(Error))}");
}
