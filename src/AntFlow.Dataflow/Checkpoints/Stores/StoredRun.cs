namespace AntFlow.Dataflow;

/// <summary>A run in a store.</summary>
public sealed record StoredRun
{
    /// <summary>What stands in place of a count where nothing was counted: -1.</summary>
    public const long NotCounted = -1;

    /// <summary>Names the run.</summary>
    public required string RunId { get; init; }

    /// <summary>When it was first opened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When something of it was written last, or it was opened last.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>The last opening.</summary>
    public required long Epoch { get; init; }

    /// <summary>Who owns the run, such as <c>process 4711 on worker-3</c>; null if nobody does.</summary>
    public string? Owner { get; init; }

    /// <summary>What the pipeline looked like.</summary>
    public string? Description { get; init; }

    /// <summary>How many of its items are unfinished.</summary>
    public long Unfinished { get; init; }

    /// <summary>How many of its items have succeeded.</summary>
    public long Succeeded { get; init; }

    /// <summary>How many of its items have failed.</summary>
    public long Failed { get; init; }

    /// <summary>How many of its items were taken out (<see cref="StoredItemState.Canceled"/>).</summary>
    public long Canceled { get; init; }
}
