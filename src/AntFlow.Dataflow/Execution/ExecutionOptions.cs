namespace AntFlow.Dataflow;

/// <summary>Options for how an executor runs a call. They are read at the call; later changes have no effect. If values are invalid, the call throws a <see cref="PipelineConfigurationException"/>
/// that lists all of them.</summary>
public abstract class ExecutionOptions
{
    // The longest time that a timer can be set to.
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private protected ExecutionOptions()
    {
    }

    /// <summary>Whether and when a failed attempt is repeated. Default: never. A call that waits for its next attempt leaves its worker to other calls.</summary>
    /// <remarks>If a function of the policy throws, the call fails with an <see cref="AggregateException"/> that contains the error of the attempt and the exception of the function.</remarks>
    public RetryPolicy Retry { get; set; } = RetryPolicy.None;

    /// <summary>The priority of the call, also among calls that wait for <see cref="Limit"/>; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>.</summary>
    public int Priority { get; set; } = ItemPriority.Normal;

    /// <summary>A semaphore that is acquired before each attempt and released after it. It may be shared with other executors and with any other code. Default: none.</summary>
    /// <remarks>A call that waits for the semaphore occupies its worker. Among the calls of one executor that wait for the same semaphore, the most urgent one acquires it first. If the semaphore
    /// throws, for example because it was disposed, the call fails with that exception.</remarks>
    public SemaphoreSlim? Limit { get; set; }

    /// <summary>The time limit of a call from the start of its first attempt, including retries and their delays. When it has passed, the token of the call is canceled; if the attempt then
    /// throws, the call fails with an <see cref="AttemptTimeoutException"/>. Default: none. More than zero.</summary>
    public TimeSpan? ItemTimeout { get; set; }

    internal void Check()
    {
        OptionFaults faults = new OptionFaults(GetType().Name)
            .Given(nameof(Retry), Retry)
            .Above(nameof(ItemTimeout), ItemTimeout, TimeSpan.Zero)
            .If(ItemTimeout > _longest, nameof(ItemTimeout), ItemTimeout!, "be at most 49 days");
        PipelineConfigurationException.ThrowIfAny([.. faults.Found, .. (Retry?.FindFaults() ?? []).Select(fault => $"{GetType().Name}.{fault}.")]);
    }
}

/// <summary>Options for how <c>AsyncExecutor.Submit</c> runs a call.</summary>
public sealed class SubmitOptions : ExecutionOptions;

/// <summary>Options for how <c>AsyncExecutor.MapAsync</c> and <c>MapStreamAsync</c> run each of their calls.</summary>
public sealed class MapOptions : ExecutionOptions;
