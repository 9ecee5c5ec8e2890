using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>The start or the end of a call of a task.</summary>
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
    /// <remarks>Measured from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The duration of the call; zero at its start.</summary>
    public TimeSpan Duration { get; init; }

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

    /// <summary>Returns the item, the task, where, when, and the error if there is one, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{ItemId}: {Task} of {Stage} by {Worker} at {Timestamp:O}, attempt {Attempt}, {Duration:c}{(Error is null ? string.Empty : ": " + ErrorText.Line(Error))}");
}
