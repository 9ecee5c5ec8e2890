namespace AntFlow.Dataflow;

/// <summary>Counts a stage: how many items are where at one instant, and how long the items took that have passed.</summary>
/// <remarks>Populations are read from where the items wait, totals from the tally. Both are guarded by the lock of <see cref="PoolState"/>, and read while every lock of the run is held.</remarks>
internal sealed class StageCounting(StageBlock block, RunClock clock, PoolState state, StageLimits limits)
{
    private const int ShownAttempts = 5;

    private readonly PassTimes _passes = new(clock.Frequency);
    private readonly PassTimes? _polls = block.Stage.Definition.Poll is null ? null : new PassTimes(clock.Frequency);

    /// <summary>Counts how long an item that is passed on took in the tasks. Needs no lock.</summary>
    public void CountPass(Worker worker, Item item)
    {
        _passes.Add(worker.Index, worker.Processed, item.Visit.PassTicks);
        _polls?.Add(worker.Index, worker.Processed, worker.LastStamp - item.Visit.StartedAt);
    }


    /// <summary>Returns the counts of the stage at this instant.</summary>
    public StageCounts Count(in RunLocks all)
    {
        LockScope held = all.Section;
        long attempts = 0;
        long removedBusy = 0;
        int blocked = 0;
        foreach (Worker worker in block.Workers.All(held))
        {
            attempts += worker.Attempts;
            if (worker.Slip.IsForRoom)
                blocked++;
            if (worker.Index >= block.Workers.Count(held) && !worker.IsAlive)
                removedBusy += worker.BusyTicks;
        }

        return block.Intake.Tally.Count(block.Intake.Ways, block.Output.Links, new StageCounts
        {
            Queued = state.Queue.Count + (state.Keys?.WaitingCount ?? 0),
            AwaitingKey = state.Keys?.WaitingCount ?? 0,
            Limited = limits.WaitingCount(held),
            Quarantined = block.Requeuing.Quarantined.Count,
            QuarantinedMaxConcurrent = block.Requeuing.LeastWidth(held),
            QuarantinedCrashes = block.Requeuing.Crashes(held),
            Limits = limits.Any ? limits.Copy(held) : [],
            Retrying = state.Delayed.Count,
            Polling = state.Polling.Count,
            NextLookAt = state.Polling.NextDueAt,
            Throttled = state.Delayed.ThrottledCount,
            NextAttempts = state.Delayed.Count == 0 ? [] : CopyWaiters(held),
            Passes = _passes.Merge(clock.Frequency),
            Polls = _polls?.Merge(clock.Frequency),
            Overdue = block.Workers.Attempts.Overdue(held),
            Attempts = attempts,
            BlockedWorkers = blocked,
            RemovedBusyTicks = removedBusy,
            Workers = block.Workers.Count(held),
            Places = block.Workers.Places(held),
            IdlesForThrottled = block.Stage.Definition.Places.IdlesForThrottled,
            IsPaused = limits.Starts.IsPaused,
            IsRunPaused = limits.Starts.IsRunPaused,
        });
    }

    /// <summary>Copies the workers at this instant, by number. Workers that wait for room are known under the lock of the stage where they wait: a snapshot holds all these locks.</summary>
    public void CopyWorkers(List<WorkerCounts> copies, in RunLocks all)
    {
        foreach (Worker w in block.Workers.ToSee(all.Section))
            copies.Add(new WorkerCounts(w.Name, block.Name, w.IsBusy, w.ItemId, w.Task, w.TaskStatus, w.Since, w.Processed, w.FailedItems, w.BusyTicks, w.LastActive, w.Slip.IsForRoom));
    }

    private WaiterCounts[] CopyWaiters(in LockScope held) => Array.ConvertAll(
        state.Delayed.GetFirst(ShownAttempts), first => new WaiterCounts(first.Item.Id, first.Item.Visit.Attempt + 1, first.DueAt, first.Item.Visit.LastError, first.Item.Visit.IsThrottled));
}
