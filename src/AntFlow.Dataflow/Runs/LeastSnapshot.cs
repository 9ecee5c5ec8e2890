namespace AntFlow.Dataflow;

/// <summary>What can be said of a run that is over without looking at its stages. Adds up: what has neither succeeded nor failed counts as canceled.</summary>
internal static class LeastSnapshot
{
    public static PipelineSnapshot Of(RunPlan plan, RunClock clock, long accepted, ResultCounts ended, RunErrors errors)
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
            Failed = errors.Failures,
            Canceled = accepted - ended.Arrived - errors.Failures,
            Stages = [],
            WorkerStates = [],
            Errors = errors.Summarize(),
        };
    }
}
