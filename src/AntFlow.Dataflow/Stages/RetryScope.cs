namespace AntFlow.Dataflow;

/// <summary>What is repeated when a task fails.</summary>
public enum RetryScope
{
    /// <summary>The task that failed; the earlier ones of the stage are not run again.</summary>
    Task,

    /// <summary>The whole stage, from its first task, with the stage's input.</summary>
    Stage,
}
