namespace AntFlow.Dataflow.Checkpoints;

/// <summary>An item of a stored run, for people.</summary>
public sealed record InspectedItem
{
    internal InspectedItem()
    {
    }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>How far it is.</summary>
    public required StoredItemState State { get; init; }

    /// <summary>The stage it enters next, has failed in or was taken out before; null once it has passed all.</summary>
    public string? Stage { get; init; }

    /// <summary>Its priority.</summary>
    public int Priority { get; init; }

    /// <summary>How often the task that failed last has failed.</summary>
    public int Attempts { get; init; }

    /// <summary>How often the process died while that stage ran the item.</summary>
    public int Crashes { get; init; }

    /// <summary>When its next attempt is due; null if none waits.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What the last attempt failed with; of an item that was taken out, the reason, as the message. Null if there is neither.</summary>
    public StoredFailureException? Error { get; init; }

    /// <summary>When it was stored last.</summary>
    public required DateTimeOffset StoredAt { get; init; }
}
