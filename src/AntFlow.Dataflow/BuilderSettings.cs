using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>The settings of a builder apart from its stages. Immutable: forks of a builder share no mutable state.</summary>
internal sealed record BuilderSettings
{
    public StatusTracker? Tracker { get; init; }

    /// <summary>The factories that make the observers of a run.</summary>
    public IReadOnlyList<Func<PipelineObserver>> Observers { get; init; } = [];

    public ILoggerFactory? LoggerFactory { get; init; }

    public CheckpointPlan? Checkpoints { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>A <c>Func&lt;TIn, ItemId&gt;</c> that returns the id of an input of the first stage.</summary>
    public Delegate? Identify { get; init; }
}
