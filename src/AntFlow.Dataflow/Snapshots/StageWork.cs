namespace AntFlow.Dataflow.Snapshots;

/// <summary>The completed and current work of the workers of a stage.</summary>
internal sealed class StageWork
{
    /// <summary>The total duration of the calls that have ended, in seconds.</summary>
    public double Busy { get; private set; }

    /// <summary>How long the running calls have run so far, in seconds.</summary>
    public List<double> Running { get; } = [];

    public double BusyWithRunning => Busy + Running.Sum();

    public static StageWork[] Of(PipelineSnapshot snapshot)
    {
        var work = new StageWork[snapshot.Stages.Count];
        var byName = new Dictionary<string, StageWork>(work.Length, StringComparer.Ordinal);
        for (int i = 0; i < work.Length; i++)
            byName[snapshot.Stages[i].Name] = work[i] = new StageWork { Busy = snapshot.Stages[i].RemovedBusyTime.TotalSeconds };
        foreach (WorkerSnapshot worker in snapshot.Workers)
        {
            StageWork stage = byName[worker.Stage];
            stage.Busy += worker.BusyTime.TotalSeconds;
            if (worker.IsBusy)
                stage.Running.Add(BusySeconds.OfCall(worker, snapshot.Timestamp));
        }

        return work;
    }
}
