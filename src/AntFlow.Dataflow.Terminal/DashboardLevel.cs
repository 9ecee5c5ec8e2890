namespace AntFlow.Dataflow.Terminal;

/// <summary>How much a dashboard shows.</summary>
public enum DashboardLevel
{
    /// <summary>A bar, the rate, the time that is left, the counts, and what is blocking now.</summary>
    Compact,

    /// <summary>Also a row for each stage and each worker.</summary>
    Detailed,

    /// <summary>Also the throughput of each stage, the items that matter now, the last errors, and keys to pause the run, change workers and stop.</summary>
    Full,
}
