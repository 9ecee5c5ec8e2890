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

    /// <summary>The name of the run (<see cref="RunOptions.RunId"/>).</summary>
    public string RunId { get; }

    /// <summary>The names of the stages, indexed by <see cref="ItemObservation.StageIndex"/>.</summary>
    public IReadOnlyList<string> Stages { get; }

    /// <summary>The clock of the run.</summary>
    public TimeProvider TimeProvider => Clock.Time;

    internal RunClock Clock { get; }

    /// <summary>Converts a timestamp of the run to a time of day: the time of day at the start of the run plus the time that has passed since.</summary>
    /// <param name="timestamp">A timestamp, such as <see cref="ItemObservation.ClockTimestamp"/>.</param>
    /// <returns>The time.</returns>
    public DateTimeOffset TimeOf(long timestamp) => Clock.At(timestamp);
}
