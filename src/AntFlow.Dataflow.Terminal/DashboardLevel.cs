namespace AntFlow.Dataflow.Terminal;

/// <summary>How much a dashboard shows.</summary>
public enum DashboardLevel
{
    /// <summary>A bar, the rate, the remaining time, the counts, and the current bottleneck.</summary>
    Compact,

    /// <summary>Also a row for each stage and each worker.</summary>
    Detailed,

    /// <summary>Also the throughput of each stage, the most relevant items, the last errors, and keys to pause the run, change workers and stop.</summary>
    Full,
}
