namespace AntFlow.Dataflow;

/// <summary>Named values for <see cref="StageOptions{TIn, TOut}"/>.</summary>
public static class StageOptions
{
    /// <summary>For <c>QueueCapacity</c>: no bound, so the stage applies no backpressure.</summary>
    public const int Unbounded = -1;

    /// <summary>The maximum number of workers of a stage: 100,000.</summary>
    public const int MaxWorkers = WorkerCount.Most;
}

/// <summary>The options of a stage that do not depend on its output type. They are copied when the stage is made. <c>Build()</c> reports all invalid values at once.</summary>
/// <typeparam name="TIn">The input type of the stage.</typeparam>
public abstract class StageOptions<TIn>
{
    private protected StageOptions()
    {
    }

    /// <summary>Which options were set; the others come from the pipeline.</summary>
    internal StageSetting Set { get; private set; }

    /// <summary>The number of workers of the stage. Default: 1. From 1 to 100,000 (<see cref="StageOptions.MaxWorkers"/>).</summary>
    public int Workers { get; set; } = 1;

    /// <summary>How many items may wait in the queue of the stage; when it is full, feed calls and the stage before wait. Default: ten times
    /// <see cref="Workers"/>. At least 1, or <see cref="StageOptions.Unbounded"/>.</summary>
    public int? QueueCapacity { get; set; }

    /// <summary>Whether and when a failed attempt is retried. Default: that of the pipeline (<c>WithStageDefaults</c>), or else <see cref="RetryPolicy.Default"/>. Until you set it, the property
    /// returns <see cref="RetryPolicy.Default"/>.</summary>
    public RetryPolicy Retry
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.Retry;
        }
    } = RetryPolicy.Default;

    /// <summary>What is repeated when a task fails. Default: that of the pipeline, or else <see cref="RetryScope.Task"/>.</summary>
    public RetryScope RetryScope
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.RetryScope;
        }
    } = RetryScope.Task;

    /// <summary>How long an attempt of a task may take; with <see cref="RetryScope.Stage"/>, how long all tasks of a pass may take together. When the time is over, the token of the attempt is
    /// canceled; the attempt ends when the task returns. Default: that of the pipeline, or else no limit. Above zero and at most 49 days.</summary>
    public TimeSpan? AttemptTimeout
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.AttemptTimeout;
        }
    }

    /// <summary>How long an item may take in the stage, over all attempts and the waits between them, counted from its first start. When the time is over, the token of the running attempt is
    /// canceled and nothing is retried. Default: that of the pipeline, or else no limit. Above zero and at most 49 days.</summary>
    public TimeSpan? ItemTimeout
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.ItemTimeout;
        }
    }

    /// <summary>How many items the stage may have in flight: those that workers hold and those that wait for their next attempt. Below the limit, an item that waits for its next attempt frees
    /// its worker for another item. At least <see cref="Workers"/>; set it to <see cref="Workers"/> to guarantee external services that "50 workers" means at most 50 items. Follows
    /// <c>SetWorkers</c>. Default for a stage of one task: <see cref="Workers"/> plus <see cref="QueueCapacity"/> (11 times <see cref="Workers"/> if that is unbounded), and one worker stays idle
    /// for each item that waits because it was throttled. Default for a stage of several tasks, whose items may hold something external between them: <see cref="Workers"/>.</summary>
    public int? MaxInFlight { get; set; }

    /// <summary>Called on the worker when an item has failed in this stage, after the last attempt. Never changes the result. Its token is canceled with the run. Default: nothing.</summary>
    public Func<ItemFailed<TIn>, CancellationToken, ValueTask>? OnFailure { get; set; }

    /// <summary>The scheduler on which the tasks of this stage start, for work that blocks its thread. Default: that of the pipeline, or else the thread pool, inside the
    /// loop of the worker.</summary>
    public TaskScheduler? Scheduler
    {
        get;
        set
        {
            field = value;
            Set |= StageSetting.Scheduler;
        }
    }

    /// <summary>Returns the key of an item: of the items with the same key, one at a time is in the stage. The others wait in the order of their priority, without a worker and a place; they count as
    /// queued. An item keeps its key through retries, looks and, with checkpoints, until its result is stored, so that items of a key leave the stage in the order in which they started. A key is a
    /// text, a number or a <see cref="Guid"/>; an empty text and the default value are no keys, and such an item waits for none. Called on the worker, once for each item, after <c>SkipIf</c>; an item for which it throws
    /// fails. To keep the order of a key through several stages, set it on each of them. Default: null, no keys.</summary>
    public Func<TIn, ItemId>? SerialBy { get; set; }

    /// <summary>Whether the result of the stage is stored, in a run with checkpoints. Set it to false for a stage that is cheaper to repeat than to store: after a restart of the run, an item that has
    /// passed it runs it again, from its last stored result on. Its result need not be of a type that can be stored. Default: true. <c>Build()</c> refuses false for a stage whose results are
    /// results of the pipeline, and <c>StageContext.OnceAsync</c> throws in such a stage. Without checkpoints it has no effect.</summary>
    public bool IsStored { get; set; } = true;

    /// <summary>The version of the stage's code, in a form you choose. With checkpoints, a different version marks the stage as changed: items that have passed the stage no longer count as
    /// finished there (<see cref="PipelineChangeHandling"/>). Default: none.</summary>
    public string? Version { get; set; }
}

/// <summary>The options of a stage. They are copied when the stage is made. <c>Build()</c> reports all invalid values at once.</summary>
/// <typeparam name="TIn">The input type of the stage.</typeparam>
/// <typeparam name="TOut">The output type of the stage.</typeparam>
public class StageOptions<TIn, TOut> : StageOptions<TIn>
{
    internal StageOptions()
    {
    }

    /// <summary>Whether the stage skips an item, so that the item passes without running its tasks. Called once per item; if it throws, the item fails. Default: never.</summary>
    public Func<TIn, bool>? SkipIf { get; set; }

    /// <summary>Makes the value with which a skipped item continues. Required if <typeparamref name="TIn"/> is not assignable to <typeparamref name="TOut"/>. Default: it keeps its value.</summary>
    public Func<TIn, TOut>? SkipTo { get; set; }

    /// <summary>Called on the worker when an item has succeeded in the stage or was skipped, before the item continues. Never changes the result. Its token is canceled with the
    /// run. Default: nothing.</summary>
    public Func<ItemSucceeded<TIn, TOut>, CancellationToken, ValueTask>? OnSuccess { get; set; }
}
