using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>What a builder knows besides its stages. Immutable: forks of a builder share nothing that changes.</summary>
internal sealed record BuilderSettings
{
    public StatusTracker? Tracker { get; init; }

    /// <summary>What makes the observers of a run.</summary>
    public IReadOnlyList<Func<PipelineObserver>> Observers { get; init; } = [];

    public ILoggerFactory? LoggerFactory { get; init; }

    public CheckpointPlan? Checkpoints { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>A <c>Func&lt;TIn, ItemId&gt;</c> of the first stage's input.</summary>
    public Delegate? Identify { get; init; }
}
