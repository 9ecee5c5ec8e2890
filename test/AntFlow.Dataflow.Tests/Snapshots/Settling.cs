namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>Looks at a run whose bodies sleep on a stepped clock.</summary>
internal static class Settling
{
    /// <summary>Waits until every body that runs is asleep, and no worker could take another item.</summary>
    public static async Task<PipelineSnapshot> SettleAsync(this SteppedTime time, PipelineRun<int, int> run)
    {
        PipelineSnapshot now = run.GetSnapshot();
        await Waiting.UntilAsync(() =>
        {
            now = run.GetSnapshot();
            return run.Completion.IsCompleted
                || (now.InProgress == time.PendingTimerCount && now.Stages.All(stage => stage.Queued == 0 || stage.InProgress + stage.BlockedWorkers == stage.Workers));
        });
        return now;
    }
}
