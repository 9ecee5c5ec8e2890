namespace AntFlow.Dataflow;

/// <summary>An item that waits for its next attempt, in a <see cref="StageSnapshot"/>.</summary>
public sealed record WaitingItem
{
    internal WaitingItem()
    {
    }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The number of the attempt to come, from 1. After a call that was throttled it is that of the call: throttling uses up no attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it is due. The attempt begins then, or later if no worker is free.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>What the last call failed with.</summary>
    public Exception? Error { get; init; }

    /// <summary>Whether the last call was throttled (<c>RetryPolicy.IsThrottle</c>), and so was no attempt.</summary>
    public bool IsThrottled { get; init; }
}
