namespace AntFlow.Dataflow.Snapshots;

/// <summary>How long workers have been busy, the calls that run now included.</summary>
internal static class BusySeconds
{
    public static Dictionary<string, double> ByStage(PipelineSnapshot snapshot)
    {
        var busy = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (StageSnapshot stage in snapshot.Stages)
            busy[stage.Name] = stage.RemovedBusyTime.TotalSeconds;
        foreach (WorkerSnapshot worker in snapshot.Workers)
            busy[worker.Stage] = busy.GetValueOrDefault(worker.Stage) + worker.BusyTime.TotalSeconds + OfCall(worker, snapshot.Timestamp);
        return busy;
    }

    /// <summary>How long the call runs that a worker is at; 0 if it is not busy.</summary>
    public static double OfCall(WorkerSnapshot worker, DateTimeOffset now) =>
        worker is { IsBusy: true, Since: { } since } && since < now ? (now - since).TotalSeconds : 0;
}
