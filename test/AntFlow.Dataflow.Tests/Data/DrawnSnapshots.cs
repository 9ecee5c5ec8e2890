using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Data;

/// <summary>Snapshots that no run has: every field is drawn, extremes among them.</summary>
internal sealed class DrawnSnapshots(Dice dice)
{
    private static readonly DateTimeOffset _start = new(2026, 3, 4, 14, 2, 0, TimeSpan.FromHours(2));
    private static readonly string[] _stages = ["Fetch", "Pärse ☾", "\"Save\"\n<b>", "\ud83d\ude00"];

    private readonly int _count = dice.Between(1, 4);

    public PipelineSnapshot Draw(int number = 0)
    {
        StageSnapshot[] stages = [.. _stages.Take(_count).Select(Stage)];
        return new PipelineSnapshot
        {
            RunId = "drawn ☾",
            Timestamp = _start.AddSeconds(number * dice.Fraction()),
            StartedAt = _start,
            Elapsed = Span(),
            Phase = dice.Percent(80) ? RunPhase.Running : dice.Pick(Enum.GetValues<RunPhase>()),
            IsPaused = dice.OneIn(10),
            IsInputOpen = dice.Percent(50),
            Total = dice.Percent(50) ? Count() : null,
            Fed = Count(),
            Duplicates = Count(),
            Queued = Count(),
            Quarantined = Count(),
            Suspects = Suspects(),
            Limited = Count(),
            InProgress = Count(),
            Overdue = Count(),
            Retrying = Count(),
            Saving = Count(),
            Blocked = Count(),
            Succeeded = Count(),
            Failed = Count(),
            Canceled = Count(),
            Stages = stages,
            Links = [.. stages.Select((stage, i) => new StageLinkSnapshot(stage.Name, i + 1 < stages.Length ? stages[i + 1].Name : null, Count()))],
            Workers = [.. stages.SelectMany(stage => Enumerable.Range(0, dice.Below(3)).Select(i => Worker(stage.Name, i)))],
            Errors = Errors(),
            IsStoreOpening = dice.OneIn(20),
            StoreFailingSince = dice.OneIn(20) ? _start : null,
            StoreError = dice.Percent(50) ? "The disk is full.\nReally." : null,
            IsFeeding = dice.Percent(50),
            IsFeederBlocked = dice.OneIn(5),
            IsObserverBehind = dice.OneIn(5),
            OwnFeed = dice.OneIn(5) ? new WaitingFeed(stages[0].Name, Span()) : null,
        };
    }

    public Exception Error() => dice.Below(6) switch
    {
        0 => new TimeoutException("half \ud800 pair"),
        1 => new InvalidDataException("outer\nof two lines", new FormatException("inner")),
        2 => new AggregateException(new TimeoutException("a"), new OperationCanceledException("b")),
        3 => new ErrorInfo { Type = "Other.Name`1+Egg[[System.Int32]]", Message = "read before" }.ToException(),
        4 => new HttpRequestException(string.Empty),
        _ => new InvalidOperationException(new string('x', 10_000)),
    };

    public ItemId Id() => dice.Below(6) switch
    {
        0 => ItemId.Automatic(dice.Below(100)),
        1 => $"page {dice.Below(100)}",
        2 => "half \ud800 pair",
        3 => Guid.Parse($"0f8fad5b-d9cb-469f-a165-{dice.Below(1000):d12}"),
        4 => "17",
        _ => 17,
    };

    public ErrorSummary Errors() => new()
    {
        Fault = dice.OneIn(4) ? Error() : null,
        IsEngineBroken = dice.Percent(50),
        TotalFailed = dice.Below(3),
        ByType = new Dictionary<string, long> { ["TimeoutException"] = Count(), ["A`1"] = 2 },
        ByStage = new Dictionary<string, long> { ["Pärse ☾"] = Count() },
        ByFunction = new Dictionary<string, long> { ["SkipIf of Fetch"] = Count() },
        FirstFailedItems = [.. Enumerable.Range(0, dice.Below(3)).Select(_ => Failed())],
        FailedItems = [.. Enumerable.Range(0, dice.Below(3)).Select(_ => Failed())],
        Callbacks = [.. Enumerable.Range(0, dice.Below(3)).Select(_ => new CallbackError { Callback = "OnSuccess", ItemId = dice.OneIn(3) ? default : Id(), Stage = dice.Pick(string.Empty, "Fetch"), Error = Error(), Timestamp = _start })],
        TotalCallbacks = dice.Below(3),
    };

    private FailedItem Failed() => new() { ItemId = Id(), Error = Error(), Stage = "Fetch", Function = dice.OneIn(3) ? "SkipIf" : null, Attempts = dice.Below(3), Timestamp = _start.AddTicks(dice.Below(1000)) };

    private StageSnapshot Stage(string name) => new()
    {
        Name = name,
        Workers = dice.Between(1, 20),
        QueueCapacity = dice.Percent(50) ? dice.Between(1, 100) : null,
        Queued = Count(),
        Quarantined = dice.OneIn(5) ? Count() : 0,
        Suspects = Suspects(),
        Limited = dice.OneIn(3) ? Count() : 0,
        InProgress = dice.Below(20),
        Overdue = dice.Below(3),
        Retrying = dice.Percent(50) ? Count() : 0,
        Throttled = dice.Below(20),
        NextAttemptAt = dice.Percent(50) ? _start.AddSeconds(dice.Below(100_000)) : null,
        NextAttempts = [.. Enumerable.Range(0, dice.Below(3)).Select(i => new WaitingItem { ItemId = Id(), Attempt = i, DueAt = _start.AddSeconds(i), Error = dice.Percent(50) ? Error() : null, IsThrottled = dice.Percent(50) })],
        Saving = dice.OneIn(5) ? Count() : 0,
        Arrived = Count(),
        Completed = Count(),
        Skipped = Count(),
        Failed = Count(),
        Canceled = Count(),
        Attempts = Count(),
        ThrottledCalls = Count(),
        AverageTime = dice.Percent(50) ? Span() : null,
        P95Time = dice.Percent(50) ? Span() : null,
        Limits = [.. Enumerable.Range(0, dice.Below(3)).Select(i => new TaskLimitSnapshot { Task = $"task {i}", MaxConcurrency = dice.Between(1, 5), InUse = dice.Below(6), Waiting = dice.Below(20) })],
        BlockedWorkers = dice.Below(5),
        IsPaused = dice.OneIn(10),
        TaskCount = dice.Between(1, 4),
        MaxInFlight = dice.Percent(70) ? dice.Between(1, 40) : null,
        IdlesForThrottled = dice.Percent(50),
        RetryDelays = [.. Enumerable.Range(0, dice.Below(4)).Select(_ => Span())],
        RemovedBusyTime = Span(),
        Times = [.. Enumerable.Range(0, dice.Below(5)).Select(_ => new TimeBucket(Number(), Number(), dice.Below(50)))],
    };

    private WorkerSnapshot Worker(string stage, int number) => new()
    {
        Name = $"{stage}-W{number}",
        Stage = stage,
        IsBusy = dice.Percent(50),
        IsWaitingForRoom = dice.OneIn(5),
        ItemId = dice.Percent(50) ? Id() : (ItemId?)null,
        Task = dice.Percent(50) ? "task" : null,
        TaskStatus = dice.Percent(50) ? "polling 3/10 …" : null,
        Since = dice.Percent(50) ? _start.AddSeconds(-dice.Below(100)) : null,
        Processed = Count(),
        Failed = Count(),
        BusyTime = Span(),
        AverageTime = dice.Percent(50) ? Span() : null,
        LastActive = dice.Percent(50) ? _start : null,
    };

    private SuspectSnapshot? Suspects() => dice.OneIn(3) ? new SuspectSnapshot { Running = dice.Below(5), Quarantined = dice.Below(5), MaxConcurrent = dice.Between(1, 4), Crashes = dice.Between(1, 12), FewestCrashes = dice.Between(1, 3) } : null;

    private long Count() => dice.OneIn(50) ? dice.Pick(long.MaxValue / 100, 1L << 53) : dice.Below(500);

    private TimeSpan Span() => dice.OneIn(50) ? dice.Pick(TimeSpan.MaxValue, TimeSpan.MinValue, TimeSpan.Zero, TimeSpan.FromTicks(1)) : TimeSpan.FromTicks((long)(dice.Fraction() * 3_000_000_000));

    private double Number() => dice.OneIn(50) ? dice.Pick(double.NaN, double.PositiveInfinity, double.Epsilon, double.MaxValue, -0.0) : dice.Fraction() * 10;
}
