namespace AntFlow.Dataflow.Observers;

/// <summary>What happened to a call of a task, as a <see cref="PipelineObserver"/> receives it.</summary>
public enum TaskEventKind
{
    /// <summary>The call starts.</summary>
    Start,

    /// <summary>The call has succeeded.</summary>
    Complete,

    /// <summary>The call has failed or was throttled, and will be repeated.</summary>
    Retry,

    /// <summary>The call has failed and is not repeated, or was canceled.</summary>
    Fail,
}
