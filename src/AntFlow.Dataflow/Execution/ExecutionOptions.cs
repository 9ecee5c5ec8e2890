namespace AntFlow.Dataflow;

/// <summary>How an executor runs a call. Read at the call, which throws a <see cref="PipelineConfigurationException"/> that tells all wrong values; later changes have no effect.</summary>
public abstract class ExecutionOptions
{
    // The longest time a timer can be set to.
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private protected ExecutionOptions()
    {
    }

    /// <summary>Whether and when a failed attempt is made again. Default: never. A call that waits for its next attempt leaves its worker to others.</summary>
    /// <remarks>If a function of the policy throws, the call fails with an <see cref="AggregateException"/> of the attempt's error and what the function threw.</remarks>
    public RetryPolicy Retry { get; set; } = RetryPolicy.None;

    /// <summary>The lower one goes first, also where calls wait for <see cref="Limit"/>. Default: <see cref="ItemPriority.Normal"/>.</summary>
    public int Priority { get; set; } = ItemPriority.Normal;

    /// <summary>Taken before each attempt and given back after it; may be shared with other executors and with anybody else. Default: none.</summary>
    /// <remarks>A call that waits for it holds its worker. Among the calls of one executor that wait for the same semaphore the most urgent gets it first. If it throws (it was disposed), the
    /// call fails with that.</remarks>
    public SemaphoreSlim? Limit { get; set; }

    /// <summary>The time for a call from the start of its first attempt on, retries and their waits included. Then its token is canceled, and if the attempt throws, the
    /// call fails with <see cref="AttemptTimeoutException"/>. Default: none. More than zero.</summary>
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

/// <summary>How <c>AsyncExecutor.Submit</c> runs a call.</summary>
public sealed class SubmitOptions : ExecutionOptions;

/// <summary>How <c>AsyncExecutor.MapAsync</c> and <c>MapStreamAsync</c> run the calls they make, each of them.</summary>
public sealed class MapOptions : ExecutionOptions;
