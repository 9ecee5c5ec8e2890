namespace AntFlow.Dataflow;

/// <summary>Names for values of <see cref="StageOptions{TIn, TOut}"/>.</summary>
public static class StageOptions
{
    /// <summary>For <c>QueueCapacity</c>: no bound, and so no backpressure from this stage.</summary>
    public const int Unbounded = -1;

    /// <summary>The most workers a stage can have: 100,000.</summary>
    public const int MaxWorkers = WorkerCount.Most;
}

/// <summary>How a stage works, as far as it does not matter what it makes. Copied when the stage is made; wrong values are told at <c>Build()</c>, all of them at once.</summary>
/// <typeparam name="TIn">What the stage gets.</typeparam>
public abstract class StageOptions<TIn>
{
    private protected StageOptions()
    {
    }

    /// <summary>Which options were set; the others are those of the pipeline.</summary>
    internal StageSetting Set { get; private set; }

    /// <summary>How many workers the stage has. Default: 1. From 1 to 100,000 (<see cref="StageOptions.MaxWorkers"/>).</summary>
    public int Workers { get; set; } = 1;

    /// <summary>How many items may wait in front of the stage before what brings more has to wait. Default: ten times <see cref="Workers"/>. At least 1, or <see cref="StageOptions.Unbounded"/>.</summary>
    public int? QueueCapacity { get; set; }

    /// <summary>Whether and when a failed attempt is tried again. Default: that of the pipeline (<c>WithStageDefaults</c>), which is <see cref="RetryPolicy.Default"/>. Where it is read before it
    /// was set, it is the latter.</summary>
    public RetryPolicy Retry
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.Retry;
        }
    } = RetryPolicy.Default;

    /// <summary>What is repeated when a task fails. Default: that of the pipeline, which is the task.</summary>
    public RetryScope RetryScope
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.RetryScope;
        }
    } = RetryScope.Task;

    /// <summary>How long an attempt of a task may take; with <see cref="RetryScope.Stage"/>, all tasks of a pass together. Then its token is canceled; the attempt ends when its body ends.
    /// Default: that of the pipeline, which is no limit. Above zero.</summary>
    public TimeSpan? AttemptTimeout
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.AttemptTimeout;
        }
    }

    /// <summary>How long an item may take in the stage over all attempts and the waits between them, counted from its first start. Then the running attempt's token is canceled and
    /// nothing is tried again. Default: that of the pipeline, which is no limit. Above zero.</summary>
    public TimeSpan? ItemTimeout
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.ItemTimeout;
        }
    }

    /// <summary>How many items may be in the hands of workers or wait for their next attempt; while fewer do, one that waits leaves its worker to others. At least <see cref="Workers"/>; set it to
    /// their number, and "50 workers" is a promise to the outside. Default: for a stage of one task, <see cref="Workers"/> and <see cref="QueueCapacity"/> together (11 times
    /// <see cref="Workers"/> if that is unbounded), where a worker stays idle for each item that waits because it was throttled; for a stage of several tasks, whose items may hold something
    /// outside between them, <see cref="Workers"/>. Follows <c>SetWorkers</c>.</summary>
    public int? MaxInFlight { get; set; }

    /// <summary>Called on the worker when an item has failed in this stage, after the last attempt. Never changes the result. Its token is canceled with the run. Default: nothing.</summary>
    public Func<ItemFailed<TIn>, CancellationToken, ValueTask>? OnFailure { get; set; }

    /// <summary>Where the bodies of this stage's tasks start, for work that blocks its thread. Default: that of the pipeline, which is the thread pool, inside the
    /// worker's loop.</summary>
    public TaskScheduler? Scheduler
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.Scheduler;
        }
    }

    /// <summary>The version of the stage's code, as you count it: with checkpoints, another one marks the stage as changed, and items that have passed it do not pass for finished any
    /// more (<see cref="OnPipelineChange"/>). Default: none.</summary>
    public string? Version { get; set; }
}

/// <summary>How a stage works. Copied when the stage is made; wrong values are told at <c>Build()</c>, all of them at once.</summary>
/// <typeparam name="TIn">What the stage gets.</typeparam>
/// <typeparam name="TOut">What the stage makes of it.</typeparam>
public sealed class StageOptions<TIn, TOut> : StageOptions<TIn>
{
    /// <summary>Whether the stage lets an item pass without running its tasks. Asked once per item; one that throws fails the item. Default: never.</summary>
    public Func<TIn, bool>? SkipIf { get; set; }

    /// <summary>What a skipped item goes on as. Needed if <typeparamref name="TIn"/> is not assignable to <typeparamref name="TOut"/>. Default: its own value.</summary>
    public Func<TIn, TOut>? SkipTo { get; set; }

    /// <summary>Called on the worker when the stage is done with an item, skipped ones included, before the item goes on. Never changes the result. Its token is canceled with the
    /// run. Default: nothing.</summary>
    public Func<ItemSucceeded<TIn, TOut>, CancellationToken, ValueTask>? OnSuccess { get; set; }
}
