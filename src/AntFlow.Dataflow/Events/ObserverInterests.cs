namespace AntFlow.Dataflow.Observers;

/// <summary>The events that a <see cref="PipelineObserver"/> receives. Events that no observer of a run asks for cost nothing.</summary>
[Flags]
public enum ObserverInterests
{
    /// <summary>Only the start and the end of the run.</summary>
    None = 0,

    /// <summary>The end of each item (<see cref="PipelineObserver.OnEnded"/>): one call per item.</summary>
    Ends = 1,

    /// <summary>Each change of the status of an item (<see cref="PipelineObserver.OnStatus"/>): two calls per item in the stage that it was fed to, three in each later stage, more with
    /// retries.</summary>
    Statuses = 2,

    /// <summary>Each call of a task (<see cref="PipelineObserver.OnTask"/>): two calls per attempt.</summary>
    Tasks = 4,

    /// <summary>The acceptance of each item (<see cref="PipelineObserver.OnAccepted"/>): one call per item, on the feeding thread. The items of a list are then accepted one by one instead of
    /// together.</summary>
    Acceptance = 8,

    /// <summary>All events.</summary>
    All = Ends | Statuses | Tasks | Acceptance,
}
