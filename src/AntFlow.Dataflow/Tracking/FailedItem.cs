using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>An item that has failed and is not tried again.</summary>
public sealed record FailedItem
{
    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The error of the item.</summary>
    /// <remarks>If it is not set, it is an exception whose message is that the error is unknown. Not in JSON: an instance read from JSON has a <see cref="StoredFailureException"/> made from
    /// <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception Error { get => field ?? StoredFailureException.Unknown; init; }

    /// <summary><see cref="Error"/> as data, created when it is read. Setting it sets <see cref="Error"/>.</summary>
    public ErrorInfo ErrorInfo
    {
        get => ErrorInfo.From(Error);
        init => Error = value?.ToException()!;
    }

    /// <summary>The name of the error's type, without its namespace.</summary>
    [JsonIgnore]
    public string ErrorType => ErrorSummary.TypeNameOf(Error);

    /// <summary>The stage in which the item failed.</summary>
    public required string Stage { get; init; }

    /// <summary>The function of the stage, other than its tasks, that caused <see cref="Error"/>: <c>IdentifyBy</c>, <c>SkipIf</c>, <c>SkipTo</c>, <c>SerialBy</c>, or <c>Serialize</c> for the serialization of a
    /// value for a checkpoint. Null if the error comes from a task, from the store, or from an earlier run.</summary>
    public string? Function { get; init; }

    /// <summary>The number of attempts of the item's last task; 0 if none was made.</summary>
    public required int Attempts { get; init; }

    /// <summary>When the item failed.</summary>
    /// <remarks>Measured from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Where the item failed: the stage, preceded by the function unless that is a task.</summary>
    internal string Location => Function is null ? Stage : $"{Function} of {Stage}";

    /// <summary>Returns the item, where it failed, and the error, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{ItemId} failed in {Location} after {Attempts} {(Attempts == 1 ? "attempt" : "attempts")} at {Timestamp:O}: {ErrorText.Line(Error)}");
}
