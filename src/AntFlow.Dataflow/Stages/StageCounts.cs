namespace AntFlow.Dataflow;

/// <summary>The counts of one stage at one instant.</summary>
internal readonly record struct StageCounts
{
    public long Fed { get; init; }

    public long Arrived { get; init; }

    public long Queued { get; init; }

    /// <summary>How many of them wait for a key that another item has.</summary>
    public long AwaitingKey { get; init; }

    public long Limited { get; init; }

    /// <summary>The number of suspects that are put aside; next, the smallest width among them, and the fewest and the most crashes.</summary>
    public long Quarantined { get; init; }

    public int QuarantinedMaxConcurrent { get; init; }

    public (int Fewest, int Most) QuarantinedCrashes { get; init; }

    public long InProgress { get; init; }

    public long Overdue { get; init; }

    public long Retrying { get; init; }

    public long Polling { get; init; }

    public long Saving { get; init; }

    public long Completed { get; init; }

    public long Skipped { get; init; }

    public long Failed { get; init; }

    public long Canceled { get; init; }

    public long Filtered { get; init; }

    public long ThrottledCalls { get; init; }

    public long Attempts { get; init; }

    public long Throttled { get; init; }

    public IReadOnlyList<WaiterCounts> NextAttempts { get; init; }

    public IReadOnlyList<LimitCounts> Limits { get; init; }

    /// <summary>The links to the next stages, with their counts.</summary>
    public IReadOnlyList<LinkCounts> Links { get; init; }

    public PassSpread Passes { get; init; }

    /// <summary>How long items that have passed a stage that polls were in it; null in another stage.</summary>
    public PassSpread? Polls { get; init; }

    /// <summary>When the next look is due; null if no item waits for one.</summary>
    public long? NextLookAt { get; init; }

    /// <summary>How long the workers that were removed and have left were busy.</summary>
    public long RemovedBusyTicks { get; init; }

    public int Workers { get; init; }

    /// <summary>How many items workers may hold or wait for their next attempt.</summary>
    public int Places { get; init; }

    /// <summary>Whether a worker stays idle for each item that waits because it was throttled.</summary>
    public bool IdlesForThrottled { get; init; }

    public int BlockedWorkers { get; init; }

    public bool IsPaused { get; init; }

    public bool IsRunPaused { get; init; }
}
