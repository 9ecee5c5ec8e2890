using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>An item that has failed for good.</summary>
public sealed record FailedItem
{
    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>What went wrong.</summary>
    /// <remarks>One that says that nothing is known, unless it is set. Not in JSON: one that was read has a <see cref="StoredFailureException"/> made of <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception Error { get => field ?? StoredFailureException.Unknown; init; }

    /// <summary><see cref="Error"/> as data, made when it is asked for. To set it sets <see cref="Error"/>.</summary>
    public ErrorInfo ErrorInfo
    {
        get => ErrorInfo.From(Error);
        init => Error = value?.ToException()!;
    }

    /// <summary>The name of the error's type, without its namespace.</summary>
    [JsonIgnore]
    public string ErrorType => ErrorSummary.TypeNameOf(Error);

    /// <summary>The stage it failed in.</summary>
    public required string Stage { get; init; }

    /// <summary>The function of the stage beside its tasks that <see cref="Error"/> is of: <c>IdentifyBy</c>, <c>SkipIf</c>, <c>SkipTo</c>, or <c>Serialize</c> for what turns a value into
    /// the bytes of a checkpoint. Null if it is of a task, of the store, or of an earlier run.</summary>
    public string? Function { get; init; }

    /// <summary>How many attempts its last task took; 0 if none was made.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it failed.</summary>
    /// <remarks>Counted from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Where it failed: the stage, and before it the function, unless that is a task.</summary>
    internal string Place => Function is null ? Stage : $"{Function} of {Stage}";

    /// <summary>The item, where it failed, and the error, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{ItemId} failed in {Place} after {Attempts} {(Attempts == 1 ? "attempt" : "attempts")} at {Timestamp:O}: {ErrorText.Line(Error)}");
}
