namespace AntFlow.Dataflow.Terminal.Tests.Kit;

/// <summary>A run that does nothing but write down what is asked of it.</summary>
internal sealed class RecordingRun : IPipelineRun
{
    private readonly Lock _lock = new();
    private readonly List<string> _asked = [];

    public string RunId => Snapshot.RunId;

    public PipelineSnapshot Snapshot { get; set; } = Some.Snapshot();

    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock)
                return [.. _asked];
        }
    }

    public Task<PipelineReport> Completion => throw new NotSupportedException();

    public PipelineSnapshot GetSnapshot() => Snapshot;

    public void SetMaxInFlight(string stage, int? maxInFlight) => throw new NotSupportedException();

    public Task<PipelineReport> StopAsync(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public void Pause()
    {
        Note("pause");
        Snapshot = Snapshot with { IsPaused = true };
    }

    public void Resume()
    {
        Note("resume");
        Snapshot = Snapshot with { IsPaused = false };
    }

    public void Pause(string stage) => Note($"pause {stage}");

    public void Resume(string stage) => Note($"resume {stage}");

    public void SetWorkers(string stage, int workers)
    {
        Note($"{stage} {workers}");
        Snapshot = Snapshot with { Stages = [.. Snapshot.Stages.Select(s => s.Name == stage ? s with { Workers = workers } : s)] };
    }

    public void Stop(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage)
    {
        Note("stop");
        Snapshot = Snapshot with { Phase = RunPhase.Stopping };
    }

    public void Cancel()
    {
        Note("cancel");
        Snapshot = Snapshot with { Phase = RunPhase.Canceling };
    }

    private void Note(string what)
    {
        lock (_lock)
            _asked.Add(what);
    }
}
