namespace AntFlow.Dataflow;

/// <summary>What the results say of themselves in a snapshot.</summary>
internal readonly record struct ResultCounts(long Arrived, long Blocked);

/// <summary>Makes a snapshot of the stages of a run: takes their locks in order, copies, and leaves them again before anything is computed.</summary>
internal static class SnapshotBuilder
{
    public static PipelineSnapshot Build(
        RunState run, IReadOnlyList<StageBlock> stages, IItemTarget results, Func<ResultCounts> countResults, long? total, Func<ErrorSummary> errors)
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
            Timestamp = run.Clock.At(now),
            Total = total,
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
            Stages = [.. counts.Select((c, i) => ToSnapshot(stages[i].Place.Name, c))],
            WorkerStates = workers.ConvertAll(copy => ToSnapshot(copy, run.Clock)),
            Errors = errors(),
        };
    }

    private static StageSnapshot ToSnapshot(string name, in StageCounts counts) => new()
    {
        Name = name,
        Workers = counts.Workers,
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
