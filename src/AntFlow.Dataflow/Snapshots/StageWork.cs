namespace AntFlow.Dataflow.Snapshots;

/// <summary>What the workers of a stage have done, and are at.</summary>
internal sealed class StageWork
{
    /// <summary>How long they have been busy with calls that have ended, in seconds.</summary>
    public double Busy { get; private set; }

    /// <summary>For how long the calls run that have not, in seconds.</summary>
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
