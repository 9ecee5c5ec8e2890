namespace AntFlow.Dataflow.Snapshots;

/// <summary>A stage between two snapshots: how busy it is, what its items wait for, and how fast they pass it.</summary>
internal sealed class StageLoad
{
    private readonly StageSnapshot? _before;
    private readonly double _seconds;

    /// <summary>Compares two snapshots of the stage.</summary>
    /// <param name="now">The current snapshot of the stage.</param>
    /// <param name="before">The earlier snapshot of the stage; null if there is none.</param>
    /// <param name="seconds">The time since the earlier snapshot.</param>
    /// <param name="busy">How long its workers have been busy so far, in seconds.</param>
    /// <param name="busyBefore">The same at the earlier snapshot.</param>
    public StageLoad(StageSnapshot now, StageSnapshot? before, double seconds, double busy, double busyBefore)
    {
        Now = now;
        _before = seconds > 0 ? before : null;
        _seconds = seconds;
        long ended = Left(now);
        SecondsPerItem = ended > 0 && busy > 0 ? busy / ended : now.AverageTime?.TotalSeconds;
        double running = Average(now.InProgress, _before?.InProgress);
        Load = Math.Clamp(busy > 0 && _before is not null ? (busy - busyBefore) / (_seconds * now.Workers) : running / now.Workers, 0, 1);
        // If all workers of a stage are busy now, its rate is what these can do, however little there was to do a moment ago.
        Rate = FindRate(Free == 0 ? now.InProgress : running);
    }

    public StageSnapshot Now { get; }

    public string Name => Now.Name;

    /// <summary>Whether only the reader of the results comes after it.</summary>
    public required bool IsExit { get; init; }

    /// <summary>The number of items in the stage.</summary>
    public long Inside => Now.Queued + Now.Quarantined + Now.Limited + Now.InProgress + Now.Retrying + Now.Polling + Now.Saving;

    /// <summary>The number of workers that are idle and wait only for an item.</summary>
    public long Free => Math.Max(0, Now.Workers - Now.InProgress - Now.Limited - Now.BlockedWorkers);

    /// <summary>The share of its workers' time that was spent in user code since the earlier snapshot; without one, the share of busy workers now.</summary>
    public double Load { get; }

    /// <summary>The number of items per second that pass it under current conditions; null if that is unknown.</summary>
    public double? Rate { get; }

    /// <summary>The time that a worker is busy for each item that leaves, failed calls and callbacks included; null if none has left.</summary>
    public double? SecondsPerItem { get; }

    /// <summary>How full its queue is: 1 at its capacity, or at ten items per worker if it has no capacity.</summary>
    public double Fill => Now.Queued / (double)(Now.QueueCapacity ?? (Now.Workers * 10L));

    /// <summary>Whether its workers wait for the next stage, and not only at this instant.</summary>
    public bool IsBlocked => Now.BlockedWorkers > 0 && (Free == 0 || Now.BlockedWorkers * 2L >= Now.Workers || _before is { BlockedWorkers: > 0 });

    /// <summary>Whether no worker could take another item.</summary>
    public bool IsSaturated => Free == 0 && (_before is null || Load >= 0.9 || Now.Queued > 0);

    /// <summary>The limit that holds the stage back, if there is one: the limited task is most of its work, or many of its workers wait for it.</summary>
    public TaskLimitSnapshot? Limit => Now.Limits
        .Where(limit => limit.Waiting > 0 && limit.InUse >= limit.MaxConcurrency && (limit.Waiting * 4L >= Now.Workers || limit.InUse * 2L >= Now.InProgress))
        .MaxBy(limit => limit.Waiting);

    /// <summary>Whether items that wait for their next attempt occupy places that other items wait for.</summary>
    public bool IsInBackoff => Now.Retrying > 0 && Now.Queued > 0 && Free > 0 && (HoldsAllPlaces || IdlesAllWorkers) && (_before is null || Load < 0.8);

    /// <summary>Whether items that wait for their next look occupy places that other items wait for.</summary>
    public bool IsFullOfPolled => Now.Polling > Now.Retrying && Now.Queued > 0 && Free > 0 && HoldsAllPlaces;

    /// <summary>Whether items wait only because other items of their key are in the stage, although workers are free.</summary>
    public bool IsHeldByKeys => Now.AwaitingKey > 0 && Now.AwaitingKey == Now.Queued && Free > 0;

    /// <summary>Whether all places are occupied, so that no other item may start.</summary>
    public bool HoldsAllPlaces => Now.Retrying + Now.Polling + Now.InProgress + Now.Limited >= (Now.MaxInFlight ?? long.MaxValue);

    /// <summary>Whether all free workers stay idle for items that wait because they were throttled.</summary>
    public bool IdlesAllWorkers => Now.IdlesForThrottled && Now.Throttled > 0 && Now.Throttled >= Free;

    /// <summary>Whether suspects wait that would not start even with more workers.</summary>
    public bool HoldsSuspects => Now.Quarantined > 0 && Now.Suspects is not null && (Free > 0 || Now.Queued == 0);

    /// <summary>Whether items wait although workers are free, for longer than it takes to wake the workers.</summary>
    public bool IsLate => Now.Queued > Now.AwaitingKey && Free > 0 && (_before is null ? Now.Queued > Free : _before.Queued > 0);

    /// <summary>Whether nothing has started since the earlier snapshot, although items waited and workers were free.</summary>
    public bool IsStill => _before is { InProgress: 0, Queued: > 0 } && _before.Attempts == Now.Attempts && Left(_before) == Left(Now);

    private static long Left(StageSnapshot stage) => stage.Completed + stage.Skipped + stage.Failed + stage.Filtered;

    private static double Average(long now, long? before) => before is { } value ? (now + value) / 2.0 : now;

    private double? FindRate(double running)
    {
        double? expected = SecondsPerItem is > 0 and double each ? running / each : null;
        if (_before is null)
            return expected;
        long left = Left(Now) - Left(_before);
        if (expected is not { } usual)
            return left >= 5 ? left / _seconds : null;
        // The number of items that leave in a moment varies by chance and with the amount of work. Only a change beyond chance, or a lower rate of workers that were busy all the time, shows that
        // a stage has become faster or slower.
        double due = usual * _seconds;
        bool hadEnoughToDo = Load >= 0.9 || left > due;
        return hadEnoughToDo && Math.Abs(left - due) > 3 * Math.Sqrt(due) ? left / _seconds : usual;
    }
}
