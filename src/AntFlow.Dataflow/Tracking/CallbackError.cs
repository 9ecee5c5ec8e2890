using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>What user code beside the tasks threw: a callback, an observer, a predicate of a retry policy.</summary>
/// <remarks>No result is changed by it, but for a retry policy: its item fails with the error of the task, without another attempt.</remarks>
public sealed record CallbackError
{
    /// <summary>What was called, such as <c>OnSuccess</c>.</summary>
    public required string Callback { get; init; }

    /// <summary>The item it was about; the default id if it was about none.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The stage; empty if it was about none.</summary>
    public required string Stage { get; init; }

    /// <summary>What was thrown.</summary>
    /// <remarks>One that says that nothing is known, unless it is set. Not in JSON: one that was read has a <see cref="StoredFailureException"/> made of <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception Error { get => field ?? StoredFailureException.Unknown; init; }

    /// <summary><see cref="Error"/> as data, made when it is asked for. To set it sets <see cref="Error"/>.</summary>
    public ErrorInfo ErrorInfo
    {
        get => ErrorInfo.From(Error);
        init => Error = value?.ToException()!;
    }

    /// <summary>When.</summary>
    /// <remarks>Counted from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What was called, and of which stage.</summary>
    internal string Place => Stage.Length == 0 ? Callback : $"{Callback} of {Stage}";

    /// <summary>What was called, for which item, and the error, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Place} threw{(ItemId.IsDefault ? string.Empty : " for " + ItemId.ToString())} at {Timestamp:O}: {ErrorText.Line(Error)}");
}
