namespace AntFlow.Dataflow;

/// <summary>The argument of <c>OnFailure</c>: an item has failed in a stage, and is not retried.</summary>
/// <typeparam name="TIn">The input type of the stage.</typeparam>
public sealed record ItemFailed<TIn>
{
    /// <summary>The id of the item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The input of the stage.</summary>
    public required TIn Input { get; init; }

    /// <summary>The error the item failed with.</summary>
    public required Exception Error { get; init; }

    /// <summary>The name of the stage.</summary>
    public required string Stage { get; init; }

    /// <summary>The name of the worker.</summary>
    public required string Worker { get; init; }

    /// <summary>How many attempts the last task took; 0 if there was none.</summary>
    public required int Attempts { get; init; }

    /// <summary>The time since the first start in this stage, including the waits between attempts.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The metadata of the item. Empty if it has none.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; } = Item.NoMetadata;
}
