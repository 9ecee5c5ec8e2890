using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow;

/// <summary>How one item ended.</summary>
/// <typeparam name="T">What the last stage makes.</typeparam>
public sealed record PipelineResult<T>
{
    private readonly Unsuccessful? _unsuccessful;
    private readonly long _elapsedTicks;

    internal PipelineResult(ItemId itemId, long sequence, string stage, int attempts, IReadOnlyDictionary<string, object?>? metadata, TimeSpan elapsed)
    {
        ItemId = itemId;
        Sequence = sequence;
        Stage = stage;
        Attempts = attempts;
        Metadata = metadata ?? Item.NoMetadata;
        _elapsedTicks = elapsed.Ticks;
    }

    /// <summary>The item.</summary>
    public ItemId ItemId { get; }

    /// <summary>The number of the item in the order of acceptance, from 0.</summary>
    public long Sequence { get; }

    /// <summary>How it ended.</summary>
    public ResultStatus Status => _unsuccessful?.Status ?? ResultStatus.Succeeded;

    /// <summary>Whether it has passed all stages.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsSuccess => _unsuccessful is null;

    /// <summary>What the last stage made of it (null, if that is what it made); the default value unless it succeeded.</summary>
    public T? Value { get; internal init; }

    /// <summary>What went wrong; never null unless the item succeeded, and null then.</summary>
    public Exception Error => _unsuccessful?.Error!;

    /// <summary>The stage it ended in: the last one if it succeeded.</summary>
    public string Stage { get; }

    /// <summary>What the item was when it entered <see cref="Stage"/>, to feed it there again; null if it succeeded.</summary>
    public object? StageInput => _unsuccessful?.StageInput;

    /// <summary>How many attempts its last task took; 0 if none was made.</summary>
    public int Attempts { get; }

    /// <summary>What travelled along with the item. Empty if nothing did.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; }

    /// <summary>From its acceptance to its end.</summary>
    public TimeSpan Elapsed => new(_elapsedTicks);

    /// <summary>Whether a body was still running when the run gave it up (<c>RunOptions.AbandonAfter</c>).</summary>
    public bool WasAbandoned => _unsuccessful?.WasAbandoned ?? false;

    internal Unsuccessful? Details
    {
        init => _unsuccessful = value;
    }

    /// <summary>What only items have that did not succeed: kept apart so that results of the others stay small.</summary>
    internal sealed record Unsuccessful(ResultStatus Status, Exception Error, object? StageInput, bool WasAbandoned);
}
