using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>An item that waits for its next attempt, in a <see cref="StageSnapshot"/>.</summary>
public sealed record WaitingItem
{
    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The number of the next attempt, from 1. After a throttled call it is the number of that call, because a throttled call does not count as an attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>When the item is due. The attempt starts then, or later if no worker is free.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>The error of the last call.</summary>
    /// <remarks>Not in JSON. An instance read from JSON has a <see cref="StoredFailureException"/> made from <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Error { get; init; }

    /// <summary><see cref="Error"/> as data, created when it is read; null if there is no error. Setting it sets <see cref="Error"/>.</summary>
    public ErrorInfo? ErrorInfo
    {
        get => Error is null ? null : ErrorInfo.From(Error);
        init => Error = value?.ToException();
    }

    /// <summary>Whether the last call was throttled (<c>RetryPolicy.IsThrottle</c>), and so did not count as an attempt.</summary>
    public bool IsThrottled { get; init; }

    /// <summary>Returns the item, its attempt, when it is due, and the error, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{ItemId}, attempt {Attempt}, at {DueAt:O}{(IsThrottled ? ", throttled" : string.Empty)}{(Error is null ? string.Empty : ": " + ErrorText.Line(Error))}");
}
