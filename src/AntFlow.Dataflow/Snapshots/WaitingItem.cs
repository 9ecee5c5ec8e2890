using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>An item that waits for its next attempt, in a <see cref="StageSnapshot"/>.</summary>
public sealed record WaitingItem
{
    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The number of the attempt to come, from 1. After a call that was throttled it is that of the call: throttling uses up no attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it is due. The attempt begins then, or later if no worker is free.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>What the last call failed with.</summary>
    /// <remarks>Not in JSON: one that was read has a <see cref="StoredFailureException"/> made of <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Error { get; init; }

    /// <summary><see cref="Error"/> as data, made when it is asked for; null if there is none. To set it sets <see cref="Error"/>.</summary>
    public ErrorInfo? ErrorInfo
    {
        get => Error is null ? null : ErrorInfo.From(Error);
        init => Error = value?.ToException();
    }

    /// <summary>Whether the last call was throttled (<c>RetryPolicy.IsThrottle</c>), and so was no attempt.</summary>
    public bool IsThrottled { get; init; }

    /// <summary>The item, its attempt, when it is due, and the error, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{ItemId}, attempt {Attempt}, at {DueAt:O}{(IsThrottled ? ", throttled" : string.Empty)}{(Error is null ? string.Empty : ": " + ErrorText.Line(Error))}");
}
