using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>How one item ended.</summary>
/// <typeparam name="T">What the last stage makes.</typeparam>
public sealed record PipelineResult<T>
{
    private readonly Unsuccessful? _unsuccessful;
    private readonly long _elapsedTicks;

    /// <summary>Makes the result of an item that has succeeded, unless <see cref="Status"/> or <see cref="Error"/> says otherwise.</summary>
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
    /// <remarks>Where a result is made by hand, what is set last counts: a status that is not <see cref="ResultStatus.Succeeded"/> gives an <see cref="Error"/> that says that nothing is known, until one is
    /// set; an <see cref="Error"/> of a result that has succeeded makes it <see cref="ResultStatus.Failed"/>.</remarks>
    public ResultStatus Status
    {
        get => _unsuccessful?.Status ?? ResultStatus.Succeeded;
        init => _unsuccessful = value == ResultStatus.Succeeded ? null : Failure with { Status = value };
    }

    /// <summary>Whether it has passed all stages.</summary>
    [JsonIgnore]
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => _unsuccessful is null;

    /// <summary>What the last stage made of it (null, if that is what it made); the default value unless it succeeded.</summary>
    public T? Value { get; init; }

    /// <summary>What went wrong; never null unless the item succeeded, and null then.</summary>
    /// <remarks>Not in JSON: a result that was read has a <see cref="StoredFailureException"/> made of <see cref="ErrorInfo"/>.</remarks>
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

    /// <summary><see cref="Error"/> as data, made when it is asked for; null if the item succeeded. To set it sets <see cref="Error"/>.</summary>
    public ErrorInfo? ErrorInfo
    {
        get => Error is null ? null : ErrorInfo.From(Error);
        init => Error = value?.ToException();
    }

    /// <summary>The stage it ended in: the last one if it succeeded.</summary>
    public required string Stage { get; init; }

    /// <summary>What the item was when it entered <see cref="Stage"/>, to feed it there again; null if it succeeded.</summary>
    /// <remarks>In JSON it is shown: a result that was read has a <see cref="ShownValue"/> in its place.</remarks>
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

    /// <summary>How many attempts its last task took; 0 if none was made.</summary>
    public int Attempts { get; init; }

    /// <summary>What travelled along with the item. Empty if nothing did.</summary>
    [JsonConverter(typeof(MetadataJsonConverter))]
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; }

    /// <summary>From its acceptance to its end.</summary>
    public TimeSpan Elapsed
    {
        get => new(_elapsedTicks);
        init => _elapsedTicks = value.Ticks;
    }

    /// <summary>Whether a body was still running when the run gave it up (<c>RunOptions.AbandonAfter</c>).</summary>
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

    /// <summary>What is known of how the item failed, before something is said of it.</summary>
    private Unsuccessful Failure =>
        _unsuccessful ?? new Unsuccessful(ResultStatus.Failed, StoredFailureException.Unknown, StageInput: null, WasAbandoned: false);

    /// <summary>The item, how it ended, and what it became or what went wrong, in the invariant culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string what = Error is null ? string.Create(CultureInfo.InvariantCulture, $"{Value}") : ErrorText.Line(Error);
        return string.Create(CultureInfo.InvariantCulture, $"{ItemId} {Status} in {Stage} after {Attempts} {(Attempts == 1 ? "attempt" : "attempts")} and {Elapsed:c}: {what}");
    }

    /// <summary>What only items have that did not succeed: kept apart so that results of the others stay small.</summary>
    internal sealed record Unsuccessful(ResultStatus Status, Exception Error, object? StageInput, bool WasAbandoned);
}
