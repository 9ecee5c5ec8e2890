namespace AntFlow.Dataflow;

/// <summary>What is known of a run that has ended without looking at its stages. The counts add up: an item that has neither succeeded nor failed counts as canceled.</summary>
internal static class LeastSnapshot
{
    public static PipelineSnapshot Of(RunPlan plan, RunClock clock, long accepted, ResultCounts ended, long failed, ErrorSummary errors)
    {
        long now = clock.Now;
        return new PipelineSnapshot
        {
            RunId = plan.RunId,
            Timestamp = clock.At(now),
            StartedAt = clock.At(clock.StartTimestamp),
            Elapsed = clock.Between(clock.StartTimestamp, now),
            Phase = RunPhase.Ended,
            Total = plan.Total,
            Fed = accepted,
            Blocked = ended.Blocked,
            Succeeded = ended.Arrived - ended.Blocked,
            Failed = failed,
            Canceled = accepted - ended.Arrived - failed,
            Stages = [],
            Workers = [],
            Errors = errors,
        };
    }

    /// <summary>Returns the report of a run whose engine broke so late that not even its results are available: the fault, and every accepted item counted as canceled.</summary>
    public static PipelineReport<TOut> ReportOf<TOut>(RunPlan plan, RunClock clock, long accepted, Exception error)
    {
        var errors = new ErrorSummary { Fault = error, IsEngineBroken = true };
        return new PipelineReport<TOut>
        {
            Results = [],
            Snapshot = Of(plan, clock, accepted, ended: default, failed: 0, errors),
            Errors = errors,
            Elapsed = clock.Between(clock.StartTimestamp, clock.Now),
            Fault = error,
            IsEngineBroken = true,
        };
    }
}
