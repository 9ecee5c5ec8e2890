namespace AntFlow.Dataflow;

/// <summary>Lets the items of a stage that polls wait for their looks: without a worker, but each in its place (<c>MaxInFlight</c>).</summary>
/// <remarks>Runs on the worker's loop and holds no lock.</remarks>
internal sealed class StageLooks(StageBlock block, RunState run, UserCode code, PollSchedule schedule)
{
    /// <summary>Lets the worker's item wait before its first look. Its time in the stage begins: over restarts of the run, it began when the stage before ended.</summary>
    /// <returns>False if the run is closing: then the item was counted as canceled.</returns>
    public bool WaitForFirst(Worker worker, Item item)
    {
        long now = code.Now(worker);
        bool isResumed = item.Record is { } record && record.ResumeStage == block.Stage.Index && record.IsResumed;
        item.HasStarted = true;
        item.Visit.StartedAt = isResumed ? run.Clock.Before(now, item.Record!.ResumeElapsed) : now;
        if (item.IsTimed)
            item.Timing.Leave(item.Visit.ReadyAt, now, block.Intake.BlockedByReader(now), Spending.Poll);
        return Wait(worker, item, now, schedule.BeforeFirst(isResumed, run.NextRandom()));
    }

    /// <summary>Lets the worker's item wait for its next look: the last one has found no answer. Earlier failed attempts no longer count.</summary>
    /// <returns>False if the run is closing: then the item was counted as canceled.</returns>
    public bool Wait(Worker worker, Item item, TimeSpan? delay)
    {
        long now = code.Now(worker);
        item.Visit.Attempt = 0;
        item.Visit.Refusals = 0;
        item.Visit.ThrottledSince = null;
        item.Visit.LastError = null;
        if (item.IsTimed)
            item.Timing.Wait(Spending.Poll, now, block.Intake.BlockedByReader(now));
        return Wait(worker, item, now, delay ?? schedule.Next(run.NextRandom()));
    }

    private bool Wait(Worker worker, Item item, long now, TimeSpan delay)
    {
        // Not beyond the time of the item: it ends then, and not when the next look would be due.
        if (block.Stage.Settings.ItemTimeout is { } limit)
        {
            TimeSpan left = limit - run.Clock.Between(item.Visit.StartedAt, now);
            delay = left < TimeSpan.Zero ? TimeSpan.Zero : left < delay ? left : delay;
        }

        item.Visit.Standing = VisitState.Polling;
        return block.Poll(worker, item, run.Clock.After(now, delay));
    }
}
