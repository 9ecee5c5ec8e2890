namespace AntFlow.Dataflow.Snapshots;

/// <summary>The counts of the results for a snapshot.</summary>
internal readonly record struct ResultCounts(long Arrived, long Blocked);

/// <summary>The data of the run for a snapshot.</summary>
internal readonly record struct RunFacts(string RunId, RunPhase Phase, long? Total)
{
    public bool IsInputOpen { get; init; }

    public bool IsFeeding { get; init; }

    public bool IsFeederBlocked { get; init; }

    public bool IsObserverBehind { get; init; }

    public WaitingFeed? OwnFeed { get; init; }

    public CheckpointState? Checkpoints { get; init; }
}

/// <summary>Creates a snapshot of the stages of a run: it takes their locks in order, copies the data, and releases the locks before it computes anything.</summary>
internal static partial class SnapshotBuilder
{
    // A broken clock may report more than a time span can hold.
    private static readonly double _mostSeconds = Math.Floor(TimeSpan.MaxValue.TotalSeconds);

    /// <param name="run">The run.</param>
    /// <param name="facts">The data of the run.</param>
    /// <param name="stages">Its stages, in their order.</param>
    /// <param name="locks">The locks to take, in this order: those of all stages and the results, except for one that the caller holds.</param>
    /// <param name="countResults">Counts the results, under their lock.</param>
    /// <param name="errors">Summarizes the errors.</param>
    public static PipelineSnapshot Build(
        RunState run, RunFacts facts, IReadOnlyList<StageBlock> stages, IEnumerable<IItemTarget> locks, CountResults countResults, Func<ErrorSummary> errors)
    {
        Broken("snapshot-without-all-locks", ref locks, locks.Take(1));
        var workers = new List<WorkerCounts>();
        long now = run.Clock.Now;
        // Counted separately: the suspects' lock is never taken under the lock of a stage.
        SuspectCounts[] running = run.Saver is { } saver ? [.. stages.Select((_, i) => saver.Suspects.CountIn(i))] : new SuspectCounts[stages.Count];
        long duplicates = run.Claims?.Ignored ?? 0;
        StageCounts[] counts = Copy(run, stages, [.. locks], countResults, workers, out long fed, out ResultCounts ended);
        return new PipelineSnapshot
        {
            RunId = facts.RunId,
            Timestamp = run.Clock.At(now),
            StartedAt = run.Clock.At(run.Clock.StartTimestamp),
            Elapsed = run.Clock.Between(run.Clock.StartTimestamp, now),
            Phase = facts.Phase,
            IsPaused = Array.TrueForAll(counts, c => c.IsRunPaused),
            IsInputOpen = facts.IsInputOpen,
            IsFeeding = facts.IsFeeding,
            IsFeederBlocked = facts.IsFeederBlocked,
            IsObserverBehind = facts.IsObserverBehind,
            OwnFeed = facts.OwnFeed,
            Total = facts.Total,
            StoreFailingSince = facts.Checkpoints?.FailingSince,
            StoreError = facts.Checkpoints?.LastError is { } failing ? ErrorText.Shown(failing) : null,
            IsStoreOpening = facts.Checkpoints is { IsOpening: true },
            Fed = fed,
            Queued = counts.Sum(c => c.Queued),
            Quarantined = counts.Sum(c => c.Quarantined),
            Suspects = ToSnapshot(running, counts),
            Limited = counts.Sum(c => c.Limited),
            InProgress = counts.Sum(c => c.InProgress),
            Overdue = counts.Sum(c => c.Overdue),
            Retrying = counts.Sum(c => c.Retrying),
            Polling = counts.Sum(c => c.Polling),
            Saving = counts.Sum(c => c.Saving),
            Blocked = ended.Blocked,
            Succeeded = ended.Arrived - ended.Blocked,
            Failed = counts.Sum(c => c.Failed),
            Canceled = counts.Sum(c => c.Canceled),
            Filtered = counts.Sum(c => c.Filtered),
            Stages = [.. counts.Select((c, i) => ToSnapshot(stages[i].Stage, c, running[i], run.Clock))],
            Links = [.. counts.SelectMany((c, i) => c.Links.Select(link => new StageLinkSnapshot(stages[i].Stage.Name, link.To, link.Passed)))],
            Workers = workers.ConvertAll(copy => ToSnapshot(copy, run.Clock)),
            Errors = errors(),
        }.Without(duplicates);
    }

    private static StageCounts[] Copy(
        RunState run, IReadOnlyList<StageBlock> stages, IItemTarget[] locks, CountResults countResults, List<WorkerCounts> workers, out long fed, out ResultCounts ended)
    {
        var counts = new StageCounts[stages.Count];
        using (RunLocks all = RunLocks.Of(locks))
        {
            for (int i = 0; i < counts.Length; i++)
            {
                counts[i] = stages[i].Counting.Count(all);
                stages[i].Counting.CopyWorkers(workers, all);
            }

            ended = countResults(all);
            fed = run.Accepted;
        }

        return counts;
    }

    private static StageSnapshot ToSnapshot(PipelineStage place, StageCounts counts, SuspectCounts running, RunClock clock) => new()
    {
        Name = place.Name,
        Workers = counts.Workers,
        QueueCapacity = place.Settings.QueueCapacity is > 0 and int capacity ? capacity : null,
        Queued = counts.Queued,
        AwaitingKey = counts.AwaitingKey,
        Quarantined = counts.Quarantined,
        Suspects = ToSnapshot([running], [counts]),
        Limited = counts.Limited,
        InProgress = counts.InProgress,
        Overdue = counts.Overdue,
        Retrying = counts.Retrying,
        Polling = counts.Polling,
        Saving = counts.Saving,
        Throttled = counts.Throttled,
        NextAttemptAt = counts.NextAttempts.Count == 0 ? null : clock.At(counts.NextAttempts[0].DueAt),
        NextLookAt = counts.NextLookAt is { } look ? clock.At(look) : null,
        NextAttempts = [.. counts.NextAttempts.Select(waiter => ToSnapshot(waiter, clock))],
        Limits = [.. counts.Limits.Select(ToSnapshot)],
        Arrived = counts.Arrived,
        Completed = counts.Completed,
        Skipped = counts.Skipped,
        Failed = counts.Failed,
        Canceled = counts.Canceled,
        Filtered = counts.Filtered,
        Attempts = counts.Attempts,
        ThrottledCalls = counts.ThrottledCalls,
        BlockedWorkers = counts.BlockedWorkers,
        IsPaused = counts.IsPaused,
        AverageTime = counts.Passes.Total == 0 ? null : clock.Between(0, counts.Passes.Ticks / counts.Passes.Total),
        P95Time = counts.Passes.Total == 0 ? null : TimeSpan.FromSeconds(Math.Min(_mostSeconds, counts.Passes.GetQuantile(0.95))),
        Kind = place.Definition.Form.Kind == StageKind.Tasks ? null : place.Definition.Form.Kind.ToString(),
        Depth = place.Depth,
        TaskCount = place.Definition.Tasks.Count,
        MaxInFlight = counts.Places,
        IdlesForThrottled = counts.IdlesForThrottled,
        RetryDelays = place.RetryDelays,
        Times = ToSnapshot(counts.Passes),
        PollTimes = counts.Polls is { Total: > 0 } polls ? ToSnapshot(polls) : [],
        RemovedBusyTime = clock.Between(0, counts.RemovedBusyTicks),
    };

    private static TimeBucket[] ToSnapshot(PassSpread times) => [.. times.GetBuckets().Select(bucket => new TimeBucket(bucket.Least, bucket.Most, (long)bucket.Count))];

    private static SuspectSnapshot? ToSnapshot(SuspectCounts[] running, StageCounts[] stages)
    {
        int runningCount = running.Sum(suspects => suspects.Running);
        StageCounts[] holding = [.. stages.Where(stage => stage.Quarantined > 0)];
        if (runningCount == 0 && holding.Length == 0)
            return null;
        int together = running.Max(suspects => suspects.Together);
        return new SuspectSnapshot
        {
            Running = runningCount,
            Quarantined = holding.Sum(stage => stage.Quarantined),
            MaxConcurrent = together > 0 ? together : holding.Min(stage => stage.QuarantinedMaxConcurrent),
            Crashes = Math.Max(running.Max(suspects => suspects.MostCrashes), holding.Select(stage => stage.QuarantinedCrashes.Most).DefaultIfEmpty().Max()),
            FewestCrashes = running.Where(suspects => suspects.Running > 0).Select(suspects => suspects.FewestCrashes).Concat(holding.Select(stage => stage.QuarantinedCrashes.Fewest)).Min(),
        };
    }

    private static WaitingItem ToSnapshot(WaiterCounts waiter, RunClock clock) => new()
    {
        ItemId = waiter.ItemId,
        Attempt = waiter.Attempt,
        DueAt = clock.At(waiter.DueAt),
        Error = waiter.Error,
        IsThrottled = waiter.IsThrottled,
    };

    private static TaskLimitSnapshot ToSnapshot(LimitCounts limit) => new()
    {
        Task = limit.Task,
        MaxConcurrency = limit.MaxConcurrency,
        InUse = limit.InUse,
        Waiting = limit.Waiting,
    };

    private static WorkerSnapshot ToSnapshot(WorkerCounts copy, RunClock clock)
    {
        TimeSpan busy = clock.Between(0, copy.BusyTicks);
        long done = copy.Processed + copy.Failed;
        return new WorkerSnapshot
        {
            Name = copy.Name,
            Stage = copy.Stage,
            IsBusy = copy.IsBusy,
            IsWaitingForRoom = copy.IsWaitingForRoom,
            ItemId = copy.IsBusy ? copy.ItemId : (ItemId?)null,
            Task = copy.IsBusy ? copy.Task : null,
            TaskStatus = copy.IsBusy ? copy.TaskStatus : null,
            Since = copy.Since == 0 ? null : clock.At(copy.Since),
            Processed = copy.Processed,
            Failed = copy.Failed,
            BusyTime = busy,
            AverageTime = done == 0 ? null : busy / done,
            LastActive = copy.LastActive == 0 ? null : clock.At(copy.LastActive),
        };
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}

/// <summary>Counts the results of a run.</summary>
internal delegate ResultCounts CountResults(in RunLocks all);
