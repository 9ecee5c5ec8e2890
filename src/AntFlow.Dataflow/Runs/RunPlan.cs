using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>What a run is made of: the blueprint and the options, checked and with defaults filled in.</summary>
internal sealed record RunPlan
{
    public required string RunId { get; init; }

    public required IReadOnlyList<Stage> Stages { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public StatusTracker? Tracker { get; init; }

    public required ResultMode Results { get; init; }

    public required int ResultBound { get; init; }

    public required bool InOrder { get; init; }

    public required TimeSpan AbandonAfter { get; init; }

    /// <summary>Whether the run is shown (<see cref="RunCore{TOut}.Show"/>): it does not end before it is.</summary>
    public bool IsShown { get; init; }

    public long? StopAfterFailures { get; init; }

    /// <summary>How long what runs may take when the run is stopped gently; null for as long as it takes.</summary>
    public TimeSpan? GracePeriod { get; init; }

    public int? Seed { get; init; }

    /// <summary>How many items there will be, as far as anybody says.</summary>
    public long? Total { get; init; }

    /// <summary>How many items the input has that is given with the run, if it is known.</summary>
    public long? InputCount { get; init; }

    public CheckpointPlan? Checkpoints { get; init; }

    /// <summary>Whether unfinished items of earlier lives come back by themselves.</summary>
    public bool BringsBack { get; init; }

    /// <summary>Makes who is told of every item: the tracker, and the log if it writes that much; null if nobody is.</summary>
    public RunObserver? MakeObserver(CancellationToken cancellationToken, Action<string, Exception> report)
    {
        List<RunObserver> observers = [];
        if (Tracker is not null)
            observers.Add(Tracker.Attach(cancellationToken, report));
        if (Logger.IsEnabled(LogLevel.Debug))
            observers.Add(new LogObserver(Logger));
        return observers.Count == 0 ? null : new ObserverGroup(observers, report);
    }

    /// <summary>Tells the log what is allowed and yet is hardly meant.</summary>
    public void LogDoubts()
    {
        foreach (Stage stage in Stages)
        {
            foreach (string doubt in stage.FindDoubts())
                RunLog.Doubt(Logger, RunId, stage.Name, doubt);
        }
    }
}
