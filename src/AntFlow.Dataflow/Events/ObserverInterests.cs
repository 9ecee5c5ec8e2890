namespace AntFlow.Dataflow.Observers;

/// <summary>What a <see cref="PipelineObserver"/> is told of. What no observer of a run asks for costs nothing.</summary>
[Flags]
public enum ObserverInterests
{
    /// <summary>Only the begin and the end of the run.</summary>
    None = 0,

    /// <summary>The end of each item (<see cref="PipelineObserver.OnEnded"/>): one call an item.</summary>
    Ends = 1,

    /// <summary>Each change of the status of an item (<see cref="PipelineObserver.OnStatus"/>): two calls an item where it was fed, three in each later stage, more with retries.</summary>
    Statuses = 2,

    /// <summary>Each call of a task (<see cref="PipelineObserver.OnTask"/>): two calls an attempt.</summary>
    Tasks = 4,

    /// <summary>The acceptance of each item (<see cref="PipelineObserver.OnAccepted"/>): one call an item, on the thread that feeds. The items of a list are then accepted one by one, not together.</summary>
    Acceptance = 8,

    /// <summary>Everything.</summary>
    All = Ends | Statuses | Tasks | Acceptance,
}
