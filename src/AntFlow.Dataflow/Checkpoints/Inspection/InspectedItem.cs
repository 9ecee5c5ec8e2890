namespace AntFlow.Dataflow.Checkpoints;

/// <summary>An item of a stored run, in a form for people.</summary>
public sealed record InspectedItem
{
    internal InspectedItem()
    {
    }

    /// <summary>Gets the id of the item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>Gets the state of the item.</summary>
    public required StoredItemState State { get; init; }

    /// <summary>Gets the stage that the item enters next, has failed in, was filtered out by, or was taken out before; null once it has passed all stages.</summary>
    public string? Stage { get; init; }

    /// <summary>Gets the priority of the item.</summary>
    public int Priority { get; init; }

    /// <summary>Gets how often the task that failed last has failed.</summary>
    public int Attempts { get; init; }

    /// <summary>Gets how often the process crashed while that stage ran the item.</summary>
    public int Crashes { get; init; }

    /// <summary>Gets when the next attempt is due; null if none is pending.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>Gets the error of the last attempt. For an item that was taken out, the message is the reason. Null if there is neither.</summary>
    public StoredFailureException? Error { get; init; }

    /// <summary>Gets when the item was stored last.</summary>
    public required DateTimeOffset StoredAt { get; init; }
}
