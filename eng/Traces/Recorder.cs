using System.Diagnostics;
using AntFlow.Dataflow.Snapshots;

namespace AntFlow.Dataflow.Traces;

/// <summary>A display that writes a run down, and pauses it for a while if it is to.</summary>
internal sealed class Recorder(double pausedFrom, double pausedUntil) : IPipelineDisplay
{
    private readonly List<PipelineSnapshot> _snapshots = [];
    private IPipelineRun? _run;

    public void OnStart(IPipelineRun run, long? total) => _run = run;

    public void OnUpdate(PipelineSnapshot snapshot)
    {
        if (snapshot.Phase == RunPhase.Ended)
            return;
        _snapshots.Add(snapshot);
        double seconds = snapshot.Elapsed.TotalSeconds;
        if (seconds >= pausedFrom && seconds < pausedUntil)
            _run!.Pause();
        else if (seconds >= pausedUntil)
            _run!.Resume();
    }

    public void OnFinish(PipelineReport report)
    {
    }

    public Trace ToTrace(string name, int seed, TimeSpan elapsed)
    {
        PipelineSnapshot first = _snapshots[0];
        return new Trace(
            name,
            seed,
            Round(elapsed.TotalSeconds),
            first.Total!.Value,
            [.. first.Stages.Select(stage => new TracedStage(stage.Name, stage.TaskCount, stage.QueueCapacity, [.. stage.RetryDelays.Select(delay => delay.TotalSeconds)], Stopwatch.Frequency))],
            [.. _snapshots.Select(ToMoment)]);
    }

    private static Moment ToMoment(PipelineSnapshot snapshot)
    {
        string[] names = [.. snapshot.Stages.Select(stage => stage.Name)];
        return new Moment(
            Round(snapshot.Elapsed.TotalSeconds),
            snapshot.IsPaused,
            snapshot.IsInputOpen,
            snapshot.Fed,
            snapshot.Succeeded,
            snapshot.Failed,
            snapshot.Canceled,
            [.. snapshot.Stages.Select(stage => ToMoment(stage, snapshot.StartedAt))],
            [.. snapshot.Workers.Select(worker => new WorkerMoment(
                Array.IndexOf(names, worker.Stage),
                worker is { IsBusy: true, Since: { } since } ? Round((since - snapshot.StartedAt).TotalSeconds) : null,
                Round(worker.BusyTime.TotalSeconds)))]);
    }

    private static StageMoment ToMoment(StageSnapshot stage, DateTimeOffset start) => new(
        stage.Workers,
        stage.MaxInFlight!.Value,
        stage.Queued,
        stage.Limited,
        stage.InProgress,
        stage.Retrying,
        stage.BlockedWorkers,
        stage.Arrived,
        stage.Completed,
        stage.Skipped,
        stage.Failed,
        stage.Attempts,
        Round(stage.RemovedBusyTime.TotalSeconds),
        [.. stage.Times.SelectMany(bucket => new long[] { PassSpread.BucketOf((long)Math.Round(bucket.LeastSeconds * Stopwatch.Frequency)), bucket.Count })],
        [.. stage.NextAttempts.Select(waiting => Round((waiting.DueAt - start).TotalSeconds))]);

    private static double Round(double seconds) => Math.Round(seconds, 4);
}
