namespace AntFlow.Dataflow.Terminal;

/// <summary>All data for a view: the current snapshot of the run, the values computed from the snapshots so far, and the user's choices.</summary>
internal sealed record Watched
{
    public required PipelineSnapshot Now { get; init; }

    public required RemainingTime Remaining { get; init; }

    public required Bottleneck Bottleneck { get; init; }

    /// <summary>Recently ended items per second; null if the rate is still unknown.</summary>
    public double? Rate { get; init; }

    /// <summary>How many items each stage has handed on in each of the last seconds, the latest one last.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Throughput { get; init; } = [];

    /// <summary>The stage the keys act on.</summary>
    public int Selected { get; init; }

    public bool ShowsHelp { get; init; }

    /// <summary>The effect of the last key; null for none.</summary>
    public string? Notice { get; init; }

    /// <summary>Whether keys can be read.</summary>
    public bool HasKeys { get; init; }

    public long Ended => Now.Succeeded + Now.Failed + Now.Canceled + Now.Filtered;

    /// <summary>RUNNING, PAUSED, STOPPING, CANCELING or ENDED.</summary>
    public string State => Now.Phase switch
    {
        RunPhase.Running => Now.IsPaused ? "PAUSED" : "RUNNING",
        RunPhase.Stopping => "STOPPING",
        RunPhase.Canceling => "CANCELING",
        _ => "ENDED",
    };

    public Tone StateTone => State switch
    {
        "RUNNING" => Tone.Good,
        "ENDED" => Tone.Plain,
        _ => Tone.Warning,
    };
}
