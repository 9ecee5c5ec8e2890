namespace AntFlow.Dataflow;

/// <summary>What is repeated when a task fails.</summary>
public enum RetryScope
{
    /// <summary>The task that failed. The earlier tasks of the stage do not run again.</summary>
    Task,

    /// <summary>The whole stage: it starts again with its first task and its input.</summary>
    Stage,
}
