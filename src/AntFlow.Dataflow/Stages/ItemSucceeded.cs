namespace AntFlow.Dataflow;

/// <summary>What <c>OnSuccess</c> is told: a stage is done with an item.</summary>
/// <typeparam name="TIn">What the stage got.</typeparam>
/// <typeparam name="TOut">What the stage made of it.</typeparam>
public sealed record ItemSucceeded<TIn, TOut>
{
    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>What the stage got.</summary>
    public required TIn Input { get; init; }

    /// <summary>What the stage made of it.</summary>
    public required TOut Value { get; init; }

    /// <summary>The name of the stage.</summary>
    public required string Stage { get; init; }

    /// <summary>The name of the worker.</summary>
    public required string Worker { get; init; }

    /// <summary>How many attempts the last task took; 0 if the item was skipped.</summary>
    public required int Attempts { get; init; }

    /// <summary>From the first start in this stage to now, waits between attempts included; zero if the item was skipped.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; init => field = value ?? Item.NoMetadata; } = Item.NoMetadata;
}
