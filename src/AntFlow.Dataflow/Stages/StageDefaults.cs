namespace AntFlow.Dataflow;

/// <summary>Default options for the stages of a pipeline that do not set them: the options of their attempts. Workers, queues and places are set on each stage.</summary>
/// <remarks>Copied when it is passed to the builder. <c>Build()</c> reports an invalid value for each stage that uses it. An option that a stage sets takes precedence, even if it is set
/// to null or to its default value.</remarks>
public sealed class StageDefaults
{
    /// <summary>Whether and when a failed attempt is retried. Default: <see cref="RetryPolicy.Default"/>.</summary>
    public RetryPolicy Retry { get; set; } = RetryPolicy.Default;

    /// <summary>What is repeated when a task fails. Default: <see cref="RetryScope.Task"/>.</summary>
    public RetryScope RetryScope { get; set; } = RetryScope.Task;

    /// <summary>How long an attempt of a task may take (<see cref="StageOptions{TIn}.AttemptTimeout"/>). Default: no limit. Above zero and at most 49 days.</summary>
    public TimeSpan? AttemptTimeout { get; set; }

    /// <summary>How long an item may take in a stage (<see cref="StageOptions{TIn}.ItemTimeout"/>). Default: no limit. Above zero and at most 49 days.</summary>
    public TimeSpan? ItemTimeout { get; set; }

    /// <summary>The scheduler on which tasks start, for work that blocks its thread. Default: the thread pool, inside the loop of the worker.</summary>
    public TaskScheduler? Scheduler { get; set; }

    internal StageDefaults Copy() => (StageDefaults)MemberwiseClone();
}
