namespace AntFlow.Dataflow.Snapshots;

/// <summary>One stage between two looks at it: how busy it is, what its items wait for, and how fast it lets them through.</summary>
internal sealed class StageLoad
{
    private readonly StageSnapshot? _before;
    private readonly double _seconds;

    /// <summary>Compares two looks.</summary>
    /// <param name="now">The stage now.</param>
    /// <param name="before">The stage at the earlier look; null if there was none.</param>
    /// <param name="seconds">How long ago that was.</param>
    /// <param name="busy">How long its workers have been busy so far, in seconds.</param>
    /// <param name="busyBefore">The same at the earlier look.</param>
    public StageLoad(StageSnapshot now, StageSnapshot? before, double seconds, double busy, double busyBefore)
    {
        Now = now;
        _before = seconds > 0 ? before : null;
        _seconds = seconds;
        long ended = Left(now);
        SecondsPerItem = ended > 0 && busy > 0 ? busy / ended : now.AverageTime?.TotalSeconds;
        double running = Average(now.InProgress, _before?.InProgress);
        Load = Math.Clamp(busy > 0 && _before is not null ? (busy - busyBefore) / (_seconds * now.Workers) : running / now.Workers, 0, 1);
        // A stage that is busy with all its workers now lets through what these can do, however little there was to do a moment ago.
        Rate = FindRate(Free == 0 ? now.InProgress : running);
    }

    public StageSnapshot Now { get; }

    public string Name => Now.Name;

    /// <summary>Whether nothing but the reader of the results comes after it.</summary>
    public required bool IsExit { get; init; }

    /// <summary>The items in the stage.</summary>
    public long Inside => Now.Queued + Now.Held + Now.Limited + Now.InProgress + Now.Retrying + Now.Saving;

    /// <summary>Workers that have nothing to do and wait for nothing but an item.</summary>
    public long Free => Math.Max(0, Now.Workers - Now.InProgress - Now.Limited - Now.BlockedWorkers);

    /// <summary>The share of its workers' time that was spent in user code since the look before; without one, now.</summary>
    public double Load { get; }

    /// <summary>How many items it lets through in a second as things are; null if that is not known.</summary>
    public double? Rate { get; }

    /// <summary>How long a worker is busy for each item that leaves, failed calls and callbacks included; null if none has left.</summary>
    public double? SecondsPerItem { get; }

    /// <summary>How full its queue is: 1 at its capacity, and at ten items a worker where it has none.</summary>
    public double Fill => Now.Queued / (double)(Now.QueueCapacity ?? (Now.Workers * 10L));

    /// <summary>Whether its workers wait for what comes after it, and it is no accident of this instant.</summary>
    public bool IsHeld => Now.BlockedWorkers > 0 && (Free == 0 || Now.BlockedWorkers * 2L >= Now.Workers || _before is { BlockedWorkers: > 0 });

    /// <summary>Whether no worker could take another item.</summary>
    public bool IsSaturated => Free == 0 && (_before is null || Load >= 0.9 || Now.Queued > 0);

    /// <summary>The limit that holds the stage back, if one does: most of what it does is that task, or a good part of its workers wait.</summary>
    public TaskLimitSnapshot? Limit => Now.Limits
        .Where(limit => limit.Waiting > 0 && limit.InUse >= limit.MaxConcurrency && (limit.Waiting * 4L >= Now.Workers || limit.InUse * 2L >= Now.InProgress))
        .MaxBy(limit => limit.Waiting);

    /// <summary>Whether items that wait for their next attempt hold the places that others wait for.</summary>
    public bool IsInBackoff => Now.Retrying > 0 && Now.Queued > 0 && Free > 0 && (HoldsAllPlaces || IdlesAllWorkers) && (_before is null || Load < 0.8);

    /// <summary>Whether items hold all places, so that no other one may start.</summary>
    public bool HoldsAllPlaces => Now.Retrying + Now.InProgress + Now.Limited >= (Now.Places ?? long.MaxValue);

    /// <summary>Whether all workers that have nothing in hand stay idle for items that wait because they were throttled.</summary>
    public bool IdlesAllWorkers => Now.IdlesForThrottled && Now.Throttled > 0 && Now.Throttled >= Free;

    /// <summary>Whether suspects wait that more workers would not let start.</summary>
    public bool HoldsSuspects => Now.Held > 0 && Now.Suspects is not null && (Free > 0 || Now.Queued == 0);

    /// <summary>Whether items wait although workers are free, for longer than it takes to wake these.</summary>
    public bool IsLate => Now.Queued > 0 && Free > 0 && (_before is null ? Now.Queued > Free : _before.Queued > 0);

    /// <summary>Whether nothing was begun since the look before, although items waited and workers were free.</summary>
    public bool IsStill => _before is { InProgress: 0, Queued: > 0 } && _before.Attempts == Now.Attempts && Left(_before) == Left(Now);

    private static long Left(StageSnapshot stage) => stage.Completed + stage.Skipped + stage.Failed;

    private static double Average(long now, long? before) => before is { } value ? (now + value) / 2.0 : now;

    private double? FindRate(double running)
    {
        double? expected = SecondsPerItem is > 0 and double each ? running / each : null;
        if (_before is null)
            return expected;
        long left = Left(Now) - Left(_before);
        if (expected is not { } usual)
            return left >= 5 ? left / _seconds : null;
        // How many leave in a moment varies by chance, and with how much there was to do. Only more than chance would let pass, or fewer of workers that were busy all the time, tell of a
        // stage that has become faster or slower.
        double due = usual * _seconds;
        bool hadEnoughToDo = Load >= 0.9 || left > due;
        return hadEnoughToDo && Math.Abs(left - due) > 3 * Math.Sqrt(due) ? left / _seconds : usual;
    }
}
