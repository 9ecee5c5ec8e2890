namespace AntFlow.Dataflow;

/// <summary>Lets the items of a stage that polls wait for their looks: without a worker, but each in its place (<c>MaxInFlight</c>).</summary>
/// <remarks>Runs on the worker's loop and holds no lock.</remarks>
internal sealed class StageLooks(StageBlock block, RunState run, UserCode code, PollSchedule schedule)
{
    /// <summary>Returns when the time of an item in the stage began, if its first look in this run is now: over restarts of the run, it began when the stage before ended.</summary>
    public static long StartOf(Item item, PipelineStage stage, RunClock clock, long now) => IsResumed(item, stage) ? clock.Before(item.AcceptedAt, item.Record!.ResumeElapsed) : now;

    /// <summary>Lets the worker's item wait before its first look. Its time in the stage begins.</summary>
    /// <returns>False if the run is closing: then the item was counted as canceled.</returns>
    public bool WaitForFirst(Worker worker, Item item)
    {
        long now = code.Now(worker);
        item.HasStarted = true;
        item.Visit.StartedAt = StartOf(item, block.Stage, run.Clock, now);
        if (item.IsTimed)
            item.Timing.Leave(item.Visit.ReadyAt, now, block.Intake.BlockedByReader(now), Spending.Poll);
        return Wait(worker, item, now, schedule.BeforeFirst(IsResumed(item, block.Stage), run.NextRandom()));
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

    private static bool IsResumed(Item item, PipelineStage stage) => item.Record is { IsResumed: true } record && record.ResumeStage == stage.Index;

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
