namespace AntFlow.Dataflow.Observers;

/// <summary>A run, as a <see cref="PipelineObserver"/> sees it.</summary>
public sealed class ObservedRun
{
    internal ObservedRun(string runId, RunClock clock, IReadOnlyList<string> stages)
    {
        RunId = runId;
        Clock = clock;
        Stages = stages;
    }

    /// <summary>The run (<see cref="RunOptions.RunId"/>).</summary>
    public string RunId { get; }

    /// <summary>The names of the stages, by <see cref="ItemObservation.StageIndex"/>.</summary>
    public IReadOnlyList<string> Stages { get; }

    /// <summary>The clock of the run.</summary>
    public TimeProvider TimeProvider => Clock.Time;

    internal RunClock Clock { get; }

    /// <summary>The time of day of a timestamp of the run: that of the start of the run, and what has passed since.</summary>
    /// <param name="timestamp">A timestamp, such as <see cref="ItemObservation.Timestamp"/>.</param>
    /// <returns>The time.</returns>
    public DateTimeOffset TimeOf(long timestamp) => Clock.At(timestamp);
}
