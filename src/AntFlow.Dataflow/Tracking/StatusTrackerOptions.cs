namespace AntFlow.Dataflow;

/// <summary>What happens when callbacks of a tracker cannot keep up.</summary>
public enum CallbackOverflow
{
    /// <summary>Workers and feeders wait before they go on with their next item: nothing is lost, and a slow callback is backpressure.</summary>
    Wait,

    /// <summary>The oldest calls that wait are dropped, and counted (<see cref="StatusTracker.DroppedCallbacks"/>).</summary>
    DropOldest,
}

/// <summary>How much a tracker keeps. Copied by the tracker, which throws a <see cref="PipelineConfigurationException"/> that tells all wrong values.</summary>
public sealed class StatusTrackerOptions
{
    /// <summary>Of how many items the history is kept; the oldest ones are forgotten first. Default: 100,000. At least 1.</summary>
    public int MaxItems { get; set; } = 100_000;

    /// <summary>How many events are kept of an item; the oldest ones are forgotten first. Default: 50. At least 1.</summary>
    public int MaxEventsPerItem { get; set; } = 50;

    /// <summary>How many calls of callbacks may wait to be made. Default: 1,000. At least 1.</summary>
    public int CallbackCapacity { get; set; } = 1000;

    /// <summary>What happens when more would have to wait. Default: workers and feeders wait.</summary>
    public CallbackOverflow OnFull { get; set; } = CallbackOverflow.Wait;

    /// <summary>How many events may wait for a reader of <c>WatchAsync</c> before the oldest are dropped. Default: 1,000. At least 1.</summary>
    public int WatchCapacity { get; set; } = 1000;

    internal StatusTrackerOptions Checked()
    {
        OptionFaults faults = new OptionFaults(nameof(StatusTrackerOptions))
            .AtLeast(nameof(MaxItems), MaxItems, 1)
            .AtLeast(nameof(MaxEventsPerItem), MaxEventsPerItem, 1)
            .AtLeast(nameof(CallbackCapacity), CallbackCapacity, 1)
            .Defined<CallbackOverflow>(nameof(OnFull), OnFull)
            .AtLeast(nameof(WatchCapacity), WatchCapacity, 1);
        faults.Throw();
        return (StatusTrackerOptions)MemberwiseClone();
    }
}
