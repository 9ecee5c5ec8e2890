namespace AntFlow.Dataflow;

/// <summary>The argument of <c>OnSuccess</c>: an item has succeeded in a stage or was skipped.</summary>
/// <typeparam name="TIn">The input type of the stage.</typeparam>
/// <typeparam name="TOut">The output type of the stage.</typeparam>
public sealed record ItemSucceeded<TIn, TOut>
{
    /// <summary>The id of the item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The input of the stage.</summary>
    public required TIn Input { get; init; }

    /// <summary>The output of the stage.</summary>
    public required TOut Value { get; init; }

    /// <summary>The name of the stage.</summary>
    public required string Stage { get; init; }

    /// <summary>The name of the worker.</summary>
    public required string Worker { get; init; }

    /// <summary>How many attempts the last task took; 0 if the item was skipped.</summary>
    public required int Attempts { get; init; }

    /// <summary>The time since the first start in this stage, including the waits between attempts; zero if the item was skipped.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The metadata of the item. Empty if it has none.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; } = Item.NoMetadata;
}
