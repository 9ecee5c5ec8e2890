namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>Snapshots of runs that have not been run.</summary>
internal static class Looks
{
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 14, 2, 0, TimeSpan.FromHours(2));

    /// <summary>An idle stage.</summary>
    public static StageSnapshot Stage(string name, int workers = 4) => new() { Name = name, Workers = workers, QueueCapacity = workers * 10 };

    /// <summary>A stage whose workers are all busy.</summary>
    public static StageSnapshot Busy(string name, int workers, long queued, double? seconds = null) =>
        Stage(name, workers) with { InProgress = workers, Queued = queued, AverageTime = seconds is { } each ? TimeSpan.FromSeconds(each) : null };

    /// <summary>A run that is being fed, with so many items in it as its stages have.</summary>
    public static PipelineSnapshot Run(params StageSnapshot[] stages) => new()
    {
        RunId = "run",
        Timestamp = Now,
        StartedAt = Now.AddMinutes(-2),
        Elapsed = TimeSpan.FromMinutes(2),
        IsInputOpen = true,
        IsFeeding = true,
        Fed = 100 + stages.Sum(stage => stage.Queued + stage.Quarantined + stage.Limited + stage.InProgress + stage.Retrying + stage.Polling),
        Succeeded = 100,
        Queued = stages.Sum(stage => stage.Queued),
        Quarantined = stages.Sum(stage => stage.Quarantined),
        Limited = stages.Sum(stage => stage.Limited),
        InProgress = stages.Sum(stage => stage.InProgress),
        Retrying = stages.Sum(stage => stage.Retrying),
        Polling = stages.Sum(stage => stage.Polling),
        Stages = stages,
        Workers = [],
        Errors = null!,
    };

    /// <summary>The same run half a second before, with other stages.</summary>
    public static PipelineSnapshot Before(this PipelineSnapshot now, params StageSnapshot[] stages) =>
        Run(stages) with { Timestamp = now.Timestamp.AddSeconds(-0.5), Fed = now.Fed };

    /// <summary>The same run, to which nothing more will be fed.</summary>
    public static PipelineSnapshot Complete(this PipelineSnapshot now) => now with { IsInputOpen = false, IsFeeding = false };
}
