namespace AntFlow.Dataflow;

/// <summary>What the results say of themselves in a snapshot.</summary>
internal readonly record struct ResultCounts(long Arrived, long Blocked);

/// <summary>What the run says of itself in a snapshot.</summary>
internal readonly record struct RunFacts(string RunId, RunPhase Phase, long? Total, bool IsInputOpen, bool IsFeederHeld, bool IsHeldBack);

/// <summary>Makes a snapshot of the stages of a run: takes their locks in order, copies, and leaves them again before anything is computed.</summary>
internal static class SnapshotBuilder
{
    public static PipelineSnapshot Build(
        RunState run, RunFacts facts, IReadOnlyList<StageBlock> stages, IItemTarget results, Func<ResultCounts> countResults, Func<ErrorSummary> errors)
    {
        var counts = new StageCounts[stages.Count];
        var workers = new List<WorkerCounts>();
        long now = run.Clock.Now;
        long fed;
        ResultCounts ended;
        foreach (StageBlock stage in stages)
            stage.EnterLock();
        results.EnterLock();
        try
        {
            for (int i = 0; i < counts.Length; i++)
            {
                counts[i] = stages[i].CountNeedsLock();
                stages[i].CopyWorkersNeedsLock(workers);
            }

            ended = countResults();
            fed = run.Accepted;
        }
        finally
        {
            results.ExitLock();
            for (int i = stages.Count - 1; i >= 0; i--)
                stages[i].ExitLock();
        }

        return new PipelineSnapshot
        {
            RunId = facts.RunId,
            Timestamp = run.Clock.At(now),
            StartedAt = run.Clock.At(run.Clock.StartTimestamp),
            Elapsed = run.Clock.Between(run.Clock.StartTimestamp, now),
            Phase = facts.Phase,
            IsPaused = Array.TrueForAll(counts, c => c.IsRunPaused),
            IsInputOpen = facts.IsInputOpen,
            IsFeederHeld = facts.IsFeederHeld,
            IsHeldBack = facts.IsHeldBack,
            Total = facts.Total,
            Fed = fed,
            Queued = counts.Sum(c => c.Queued),
            Limited = counts.Sum(c => c.Limited),
            InProgress = counts.Sum(c => c.InProgress),
            Overdue = counts.Sum(c => c.Overdue),
            Retrying = counts.Sum(c => c.Retrying),
            Blocked = ended.Blocked,
            Succeeded = ended.Arrived - ended.Blocked,
            Failed = counts.Sum(c => c.Failed),
            Canceled = counts.Sum(c => c.Canceled),
            Stages = [.. counts.Select((c, i) => ToSnapshot(stages[i].Place, c))],
            WorkerStates = workers.ConvertAll(copy => ToSnapshot(copy, run.Clock)),
            Errors = errors(),
        };
    }

    private static StageSnapshot ToSnapshot(StagePlace place, in StageCounts counts) => new()
    {
        Name = place.Name,
        Workers = counts.Workers,
        QueueCapacity = place.Definition.Settings.QueueCapacity is > 0 and int capacity ? capacity : null,
        Queued = counts.Queued,
        Limited = counts.Limited,
        InProgress = counts.InProgress,
        Overdue = counts.Overdue,
        Retrying = counts.Retrying,
        Arrived = counts.Arrived,
        Completed = counts.Completed,
        Skipped = counts.Skipped,
        Failed = counts.Failed,
        Canceled = counts.Canceled,
        Attempts = counts.Attempts,
        Throttled = counts.Throttled,
        BlockedWorkers = counts.BlockedWorkers,
        IsPaused = counts.IsPaused,
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
}
