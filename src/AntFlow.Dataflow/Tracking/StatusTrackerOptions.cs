namespace AntFlow.Dataflow;

/// <summary>What happens when the callbacks of a tracker cannot keep up.</summary>
public enum CallbackOverflow
{
    /// <summary>Workers and feeders wait before they take their next item: no call is lost, and a slow callback causes backpressure.</summary>
    Wait,

    /// <summary>The oldest waiting calls are dropped and counted (<see cref="StatusTracker.DroppedCallbacks"/>).</summary>
    DropOldest,
}

/// <summary>Limits of what a tracker keeps. The tracker copies them. If values are invalid, it throws a <see cref="PipelineConfigurationException"/> that lists all of them.</summary>
public sealed class StatusTrackerOptions
{
    /// <summary>The number of items whose history is kept; the oldest are forgotten first. Default: 100,000. At least 1.</summary>
    public int MaxItems { get; set; } = 100_000;

    /// <summary>The number of events that are kept per item; the oldest are forgotten first. Default: 50. At least 1.</summary>
    public int MaxEventsPerItem { get; set; } = 50;

    /// <summary>The number of callback calls that may wait. Default: 1,000. At least 1.</summary>
    public int CallbackCapacity { get; set; } = 1000;

    /// <summary>What happens when <see cref="CallbackCapacity"/> is reached. Default: workers and feeders wait.</summary>
    public CallbackOverflow CallbackOverflow { get; set; } = CallbackOverflow.Wait;

    /// <summary>The number of events that may wait for a reader of <c>WatchAsync</c> before the oldest are dropped. Default: 1,000. At least 1.</summary>
    public int WatchCapacity { get; set; } = 1000;

    internal StatusTrackerOptions Checked()
    {
        OptionFaults faults = new OptionFaults(nameof(StatusTrackerOptions))
            .AtLeast(nameof(MaxItems), MaxItems, 1)
            .AtLeast(nameof(MaxEventsPerItem), MaxEventsPerItem, 1)
            .AtLeast(nameof(CallbackCapacity), CallbackCapacity, 1)
            .Defined<CallbackOverflow>(nameof(CallbackOverflow), CallbackOverflow)
            .AtLeast(nameof(WatchCapacity), WatchCapacity, 1);
        faults.Throw();
        return (StatusTrackerOptions)MemberwiseClone();
    }
}
