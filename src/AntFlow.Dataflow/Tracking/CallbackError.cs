using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>An exception of user code other than the tasks: a callback, an observer, or a function of a retry policy.</summary>
/// <remarks>It does not change a result, with one exception: if a function of a retry policy throws, its item fails with the error of the task, without another attempt.</remarks>
public sealed record CallbackError
{
    /// <summary>The name of the callback, such as <c>OnSuccess</c>.</summary>
    public required string Callback { get; init; }

    /// <summary>The item of the call; the default id if the call concerned no item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The stage of the call; empty if the call concerned no stage.</summary>
    public required string Stage { get; init; }

    /// <summary>The exception.</summary>
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

    /// <summary>When the exception was thrown.</summary>
    /// <remarks>Measured from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The callback and its stage.</summary>
    internal string Description => Stage.Length == 0 ? Callback : $"{Callback} of {Stage}";

    /// <summary>Returns the callback, its item, and the error, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Description} threw{(ItemId.IsDefault ? string.Empty : " for " + ItemId.ToString())} at {Timestamp:O}: {ErrorText.Line(Error)}");
}
