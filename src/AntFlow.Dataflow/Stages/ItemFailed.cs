namespace AntFlow.Dataflow;

/// <summary>What <c>OnFailure</c> is told: an item has failed in a stage for good.</summary>
/// <typeparam name="TIn">What the stage got.</typeparam>
public sealed record ItemFailed<TIn>
{
    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>What the stage got.</summary>
    public required TIn Input { get; init; }

    /// <summary>What went wrong.</summary>
    public required Exception Error { get; init; }

    /// <summary>The name of the stage.</summary>
    public required string Stage { get; init; }

    /// <summary>The name of the worker.</summary>
    public required string Worker { get; init; }

    /// <summary>How many attempts the last task took; 0 if none was made.</summary>
    public required int Attempts { get; init; }

    /// <summary>From the first start in this stage to now, waits between attempts included.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; } = Item.NoMetadata;
}
