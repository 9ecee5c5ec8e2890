namespace AntFlow.Dataflow.Observers;

/// <summary>What happened to a call of a task, as a <see cref="PipelineObserver"/> is told.</summary>
public enum TaskStep
{
    /// <summary>It begins.</summary>
    Start,

    /// <summary>It has succeeded.</summary>
    Complete,

    /// <summary>It has failed, or was throttled, and will be made again.</summary>
    Retry,

    /// <summary>It has failed for good, or was cut short by canceling.</summary>
    Fail,
}
