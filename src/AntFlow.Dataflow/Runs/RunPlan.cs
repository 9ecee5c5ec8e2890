using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>What a run is made from: the blueprint and the options, checked and with defaults filled in.</summary>
internal sealed record RunPlan
{
    public required string RunId { get; init; }

    public required StageGraph Graph { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public StatusTracker? Tracker { get; init; }

    /// <summary>The AsyncLocal values that user code of the run sees.</summary>
    public Caller Caller { get; init; }

    public required ResultMode Results { get; init; }

    public required int ResultBound { get; init; }

    public required bool InOrder { get; init; }

    public required TimeSpan AbandonAfter { get; init; }

    /// <summary>Whether the run is shown (<see cref="RunCore{TOut}.Show"/>): it does not end before that.</summary>
    public bool IsShown { get; init; }

    public long? StopAfterFailures { get; init; }

    /// <summary>How long running work may take when the run is stopped gently; null for no limit.</summary>
    public TimeSpan? GracePeriod { get; init; }

    public int? Seed { get; init; }

    /// <summary>The number of items to expect, if the user has given it.</summary>
    public long? Total { get; init; }

    /// <summary>The number of items in the input that is given with the run, if it is known.</summary>
    public long? InputCount { get; init; }

    /// <summary>How the second item with the same id is treated; null if ids are not checked.</summary>
    public DuplicateHandling? DuplicateHandling { get; init; }

    public CheckpointPlan? Checkpoints { get; init; }

    /// <summary>Whether the run brings back unfinished items of its earlier starts.</summary>
    public bool BringsBack { get; init; }

    /// <summary>The observers the run was given.</summary>
    public IReadOnlyList<PipelineObserver> Observers { get; init; } = [];

    /// <summary>Makes the group of observers that are notified of the items; null if there are none.</summary>
    /// <param name="clock">The time of the run.</param>
    /// <param name="cancellationToken">Canceled when the run is.</param>
    /// <param name="report">Receives what the observers throw.</param>
    public ObserverGroup? MakeObservers(RunClock clock, CancellationToken cancellationToken, Action<string, ItemId, string, Exception> report)
    {
        var observers = Observers.ToList();
        if (Tracker is not null)
            observers.Add(Tracker.Attach(Caller, cancellationToken, error => report(nameof(StatusTracker), default, string.Empty, error)));
        if (Logger.IsEnabled(LogLevel.Debug))
            observers.Add(new LogObserver(Logger));
        return observers.Count == 0 ? null : new ObserverGroup(observers, Caller, new ObservedRun(RunId, clock, [.. Graph.Stages.Select(stage => stage.Name)]), report);
    }

    /// <summary>Logs settings that are valid but probably not intended.</summary>
    public void LogDoubts(ObserverGroup? observers)
    {
        foreach ((PipelineObserver observer, string callback, ObserverInterests needs) in observers?.FindNeverCalled() ?? [])
            RunLog.ObserverNotCalled(Logger, RunId, observer.GetType().Name, callback, needs);
        foreach (Stage stage in Graph.Stages)
        {
            foreach (string doubt in stage.FindDoubts(Graph.SettingsOf(stage)))
                RunLog.Doubt(Logger, RunId, stage.Name, doubt);
        }
    }
}
