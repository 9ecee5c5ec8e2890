namespace AntFlow.Dataflow.Snapshots;

/// <summary>Returns how long workers have been busy, including running calls.</summary>
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

    /// <summary>Returns how long the current call of a worker has run; 0 if the worker is not busy.</summary>
    public static double OfCall(WorkerSnapshot worker, DateTimeOffset now) =>
        worker is { IsBusy: true, Since: { } since } && since < now ? (now - since).TotalSeconds : 0;
}
