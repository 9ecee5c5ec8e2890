namespace AntFlow.Dataflow;

/// <summary>How the stages of a pipeline work that do not say it themselves: what their attempts have in common. Workers, queues and places are matters of each stage.</summary>
/// <remarks>Copied when it is given to the builder; wrong values are told at <c>Build()</c>, for each stage they hold for. An option that a stage sets is that of the stage, also where it is set
/// to null or to what it is anyway.</remarks>
public sealed class StageDefaults
{
    /// <summary>Whether and when a failed attempt is tried again. Default: <see cref="RetryPolicy.Default"/>.</summary>
    public RetryPolicy Retry { get; set; } = RetryPolicy.Default;

    /// <summary>What is repeated when a task fails. Default: the task.</summary>
    public RetryScope RetryScope { get; set; } = RetryScope.Task;

    /// <summary>How long an attempt of a task may take (<see cref="StageOptions{TIn}.AttemptTimeout"/>). Default: no limit. Above zero.</summary>
    public TimeSpan? AttemptTimeout { get; set; }

    /// <summary>How long an item may take in a stage (<see cref="StageOptions{TIn}.ItemTimeout"/>). Default: no limit. Above zero.</summary>
    public TimeSpan? ItemTimeout { get; set; }

    /// <summary>Where the bodies of tasks start, for work that blocks its thread. Default: the thread pool, inside the worker's loop.</summary>
    public TaskScheduler? Scheduler { get; set; }

    internal StageDefaults Copy() => (StageDefaults)MemberwiseClone();
}
