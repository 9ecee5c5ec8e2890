using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>The outcome of one item.</summary>
/// <typeparam name="T">The type of the values that the last stage returns.</typeparam>
public sealed record PipelineResult<T>
{
    private readonly Unsuccessful? _unsuccessful;
    private readonly long _elapsedTicks;

    /// <summary>Creates the result of an item that has succeeded, unless you set <see cref="Status"/> or <see cref="Error"/>.</summary>
    public PipelineResult() => Metadata = Item.NoMetadata;

    [SetsRequiredMembers]
    internal PipelineResult(ItemId itemId, long sequence, string stage, int attempts, IReadOnlyDictionary<string, object?>? metadata, TimeSpan elapsed)
    {
        ItemId = itemId;
        Sequence = sequence;
        Stage = stage;
        Attempts = attempts;
        Metadata = metadata!;
        _elapsedTicks = elapsed.Ticks;
    }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The number of the item in the order of acceptance, from 0.</summary>
    public long Sequence { get; init; }

    /// <summary>How it ended.</summary>
    /// <remarks>If you create a result yourself, the property that you set last decides. A status other than <see cref="ResultStatus.Succeeded"/> sets an <see cref="Error"/> whose message is that
    /// the error is unknown, until you set another one. Setting <see cref="Error"/> on a succeeded result makes it <see cref="ResultStatus.Failed"/>.</remarks>
    public ResultStatus Status
    {
        get => _unsuccessful?.Status ?? ResultStatus.Succeeded;
        init => _unsuccessful = value == ResultStatus.Succeeded ? null : Failure with { Status = value };
    }

    /// <summary>Whether the item has passed all stages.</summary>
    [JsonIgnore]
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => _unsuccessful is null;

    /// <summary>The value that the last stage returned, which may be null; the default value if the item did not succeed.</summary>
    public T? Value { get; init; }

    /// <summary>The error of an item that did not succeed; null if it succeeded.</summary>
    /// <remarks>Not in JSON. A result read from JSON has a <see cref="StoredFailureException"/> made from <see cref="ErrorInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Error
    {
        get => _unsuccessful?.Error;
        init
        {
            if (value is not null)
                _unsuccessful = Failure with { Error = value };
        }
    }

    /// <summary><see cref="Error"/> as data, created when it is read; null if the item succeeded. Setting it sets <see cref="Error"/>.</summary>
    public ErrorInfo? ErrorInfo
    {
        get => Error is null ? null : ErrorInfo.From(Error);
        init => Error = value?.ToException();
    }

    /// <summary>The stage in which the item ended: the last one if it succeeded.</summary>
    public required string Stage { get; init; }

    /// <summary>The value of the item when it entered <see cref="Stage"/>, so that you can feed it to that stage again; null if it succeeded.</summary>
    /// <remarks>In JSON it is written as a text: a result read from JSON has a <see cref="ShownValue"/> here.</remarks>
    [JsonConverter(typeof(ShownValueJsonConverter))]
    public object? StageInput
    {
        get => _unsuccessful?.StageInput;
        init
        {
            if (value is not null)
                _unsuccessful = Failure with { StageInput = value };
        }
    }

    /// <summary>The number of attempts of the item's last task; 0 if none was made.</summary>
    public int Attempts { get; init; }

    /// <summary>The metadata of the item. Empty if it has none.</summary>
    [JsonConverter(typeof(MetadataJsonConverter))]
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; }

    /// <summary>The time from the acceptance of the item to its end.</summary>
    public TimeSpan Elapsed
    {
        get => new(_elapsedTicks);
        init => _elapsedTicks = value.Ticks;
    }

    /// <summary>Whether the task of the item was still running when the run abandoned it (<c>RunOptions.AbandonAfter</c>).</summary>
    public bool WasAbandoned
    {
        get => _unsuccessful?.WasAbandoned ?? false;
        init
        {
            if (value)
                _unsuccessful = Failure with { WasAbandoned = true };
        }
    }

    internal Unsuccessful? Details
    {
        init => _unsuccessful = value;
    }

    /// <summary>The current failure data, before a property is set.</summary>
    private Unsuccessful Failure =>
        _unsuccessful ?? new Unsuccessful(ResultStatus.Failed, StoredFailureException.Unknown, StageInput: null, WasAbandoned: false);

    /// <summary>Returns the item, how it ended, and its value or error, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string what = Error is null ? string.Create(CultureInfo.InvariantCulture, $"{Value}") : ErrorText.Line(Error);
        return string.Create(CultureInfo.InvariantCulture, $"{ItemId} {Status} in {Stage} after {Attempts} {(Attempts == 1 ? "attempt" : "attempts")} and {Elapsed:c}: {what}");
    }

    /// <summary>The data that only unsuccessful items have, kept apart so that the results of the other items stay small.</summary>
    internal sealed record Unsuccessful(ResultStatus Status, Exception Error, object? StageInput, bool WasAbandoned);
}
