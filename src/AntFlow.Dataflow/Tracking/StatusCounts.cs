using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>How many items have which last status.</summary>
public sealed record StatusCounts
{
    /// <summary>Items last seen waiting in a stage.</summary>
    public long Queued { get; init; }

    /// <summary>Items last seen in an attempt.</summary>
    public long InProgress { get; init; }

    /// <summary>Items last seen waiting for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>Items whose last stage let them pass without running its tasks.</summary>
    public long Skipped { get; init; }

    /// <summary>Items whose last stage is done with them.</summary>
    public long Completed { get; init; }

    /// <summary>Items that have failed.</summary>
    public long Failed { get; init; }

    /// <summary>Items that were canceled.</summary>
    public long Canceled { get; init; }

    /// <summary>All items the tracker has seen.</summary>
    [JsonIgnore]
    public long Total => Queued + InProgress + Retrying + Skipped + Completed + Failed + Canceled;

    /// <summary>How many items have this last status.</summary>
    /// <param name="status">The status.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such status.</exception>
    public long this[ItemStatus status] => status switch
    {
        ItemStatus.Queued => Queued,
        ItemStatus.InProgress => InProgress,
        ItemStatus.Retrying => Retrying,
        ItemStatus.Skipped => Skipped,
        ItemStatus.Completed => Completed,
        ItemStatus.Failed => Failed,
        ItemStatus.Canceled => Canceled,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "There is no such status."),
    };

    /// <summary>The counts by the numbers of the statuses.</summary>
    internal static StatusCounts Of(long[] counts) => new()
    {
        Queued = counts[(int)ItemStatus.Queued],
        InProgress = counts[(int)ItemStatus.InProgress],
        Retrying = counts[(int)ItemStatus.Retrying],
        Skipped = counts[(int)ItemStatus.Skipped],
        Completed = counts[(int)ItemStatus.Completed],
        Failed = counts[(int)ItemStatus.Failed],
        Canceled = counts[(int)ItemStatus.Canceled],
    };
}
