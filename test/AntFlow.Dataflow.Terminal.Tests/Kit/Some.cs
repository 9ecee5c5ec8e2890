namespace AntFlow.Dataflow.Terminal.Tests.Kit;

/// <summary>Snapshots, reports and what is made of them, with the same numbers every time.</summary>
internal static class Some
{
    public static DateTimeOffset Start { get; } = new(2026, 1, 1, 14, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset Now { get; } = Start.AddSeconds(83);

    /// <summary>Three stages in the middle of a run: the second one is full, the third one retries and fails.</summary>
    public static PipelineSnapshot Snapshot() => new()
    {
        RunId = "night",
        Timestamp = Now,
        StartedAt = Start,
        Elapsed = Now - Start,
        Phase = RunPhase.Running,
        IsInputOpen = true,
        Total = 12_000,
        Fed = 5_234,
        Queued = 212,
        Limited = 2,
        InProgress = 8,
        Overdue = 1,
        Retrying = 3,
        Succeeded = 4_997,
        Failed = 12,
        Stages = [Fetch(), Enrich(), Store()],
        Workers =
        [
            Idle("Fetch", 0), Idle("Fetch", 1), Busy("Fetch", 2, 5_233, "fetch", 0.4),
            Busy("Enrich", 0, 5_101, "look up", 3.2, "part 2 of 3"), Busy("Enrich", 1, 5_102, "look up", 2.9, "part 1 of 3"), Busy("Enrich", 2, 5_090, "score", 41),
            Busy("Store", 0, 5_013, "store", 1.5, "writing\nrows"), Idle("Store", 1),
        ],
        Errors = Errors(),
    };

    public static StageSnapshot Stage(string name, int workers = 1) => new() { Name = name, Workers = workers };

    public static WorkerSnapshot Idle(string stage, int index) =>
        new() { Name = $"{stage}-W{index}", Stage = stage, Since = Now.AddSeconds(-7) };

    public static WorkerSnapshot Waiting(string stage, int index) => Idle(stage, index) with { IsWaitingForRoom = true };

    public static WorkerSnapshot Busy(string stage, int index, long item, string task, double seconds, string? status = null) => new()
    {
        Name = $"{stage}-W{index}",
        Stage = stage,
        IsBusy = true,
        ItemId = item,
        Task = task,
        TaskStatus = status,
        Since = Now.AddSeconds(-seconds),
    };

    public static ErrorSummary Errors()
    {
        FailedItem[] failed =
        [
            .. Enumerable.Range(0, 9).Select(i => Failed(4_000 + i, "Store", 3, new TimeoutException("the disk did not answer"), 60 - i)),
            Failed(4_700, "Store", 1, new ArgumentException("page 4700 has no title"), 20),
            Failed(4_800, "Store", 1, new ArgumentException("page 4800 has\r\nno \u001b[31mtitle"), 9),
            Failed(4_801, "Enrich", 1, new ArgumentException("page 4801 is empty"), 5),
        ];
        return new ErrorSummary
        {
            TotalFailed = 12,
            ByType = new Dictionary<string, long> { ["TimeoutException"] = 9, ["ArgumentException"] = 3 },
            ByStage = new Dictionary<string, long> { ["Store"] = 11, ["Enrich"] = 1 },
            FirstFailedItems = failed,
            FailedItems = failed,
            TotalCallbacks = 1,
            Callbacks = [new CallbackError { Callback = "OnSuccess", ItemId = 17, Stage = "Store", Error = new InvalidOperationException("no mail today"), Timestamp = Now }],
        };
    }

    public static FailedItem Failed(long item, string stage, int attempts, Exception error, double secondsAgo) =>
        new() { ItemId = item, Stage = stage, Attempts = attempts, Error = error, Timestamp = Now.AddSeconds(-secondsAgo) };

    public static PipelineReport<int> Report(PipelineSnapshot? last = null)
    {
        last ??= Snapshot() with { Phase = RunPhase.Ended, Queued = 0, Limited = 0, InProgress = 0, Overdue = 0, Retrying = 0, Fed = 5_234, Succeeded = 5_022, Canceled = 200 };
        return new PipelineReport<int> { Snapshot = last, Errors = last.Errors, Elapsed = last.Elapsed, Results = [] };
    }

    public static Watched Watched(PipelineSnapshot? now = null) => new()
    {
        Now = now ?? Snapshot(),
        Remaining = RemainingTime.Between(TimeSpan.FromSeconds(102), TimeSpan.FromSeconds(131)),
        Bottleneck = new Bottleneck(BottleneckKind.Workers, "Enrich", "Enrich is the slowest: its 3 workers are all busy, and 180 items wait for them."),
        Rate = 60.4,
        Throughput = [[.. Enumerable.Range(1, 20).Select(i => (long)i)], [.. Enumerable.Repeat(60L, 20)], [0, 0, 0, 5, 50, 60, 20]],
        Selected = 1,
        HasKeys = true,
    };

    private static StageSnapshot Fetch() => Stage("Fetch", 3) with
    {
        Arrived = 5_234,
        Queued = 0,
        InProgress = 1,
        Completed = 5_233,
        BlockedWorkers = 2,
        AverageTime = TimeSpan.FromMilliseconds(35),
        P95Time = TimeSpan.FromMilliseconds(120),
    };

    private static StageSnapshot Enrich() => Stage("Enrich", 3) with
    {
        Queued = 180,
        Limited = 2,
        InProgress = 3,
        Completed = 5_047,
        Failed = 1,
        AverageTime = TimeSpan.FromSeconds(2.1),
        P95Time = TimeSpan.FromSeconds(41),
    };

    private static StageSnapshot Store() => Stage("Store", 2) with
    {
        Queued = 32,
        InProgress = 1,
        Overdue = 1,
        Retrying = 3,
        Completed = 4_997,
        Failed = 11,
        AverageTime = TimeSpan.FromMilliseconds(480),
        P95Time = TimeSpan.FromMilliseconds(1_450),
        NextAttemptAt = Now.AddSeconds(2),
        NextAttempts =
        [
            new WaitingItem { ItemId = 5_001, Attempt = 2, DueAt = Now.AddSeconds(2), Error = new TimeoutException("the disk did not answer") },
            new WaitingItem { ItemId = "page 5002, of a name that does not end soon", Attempt = 1, DueAt = Now.AddSeconds(30), IsThrottled = true },
        ],
    };
}
