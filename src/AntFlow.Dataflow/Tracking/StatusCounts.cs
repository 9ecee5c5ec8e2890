using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>The number of items by last status.</summary>
public sealed record StatusCounts
{
    /// <summary>Items whose last status is that they wait in a stage.</summary>
    public long Queued { get; init; }

    /// <summary>Items whose last status is that an attempt has started.</summary>
    public long InProgress { get; init; }

    /// <summary>Items whose last status is that they wait for their next attempt.</summary>
    public long Retrying { get; init; }

    /// <summary>Items whose last stage handed them on without running its tasks.</summary>
    public long Skipped { get; init; }

    /// <summary>Items that their last stage has processed.</summary>
    public long Completed { get; init; }

    /// <summary>Items that have failed.</summary>
    public long Failed { get; init; }

    /// <summary>Items that were canceled.</summary>
    public long Canceled { get; init; }

    /// <summary>The number of items that a filter (<c>ThenWhere</c>) did not let through.</summary>
    public long Filtered { get; init; }

    /// <summary>All items that the tracker has seen.</summary>
    [JsonIgnore]
    public long Total => Queued + InProgress + Retrying + Skipped + Completed + Failed + Canceled + Filtered;

    /// <summary>The number of items with this last status.</summary>
    /// <param name="status">The status.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status is not defined.</exception>
    public long this[ItemStatus status] => status switch
    {
        ItemStatus.Queued => Queued,
        ItemStatus.InProgress => InProgress,
        ItemStatus.Retrying => Retrying,
        ItemStatus.Skipped => Skipped,
        ItemStatus.Completed => Completed,
        ItemStatus.Failed => Failed,
        ItemStatus.Canceled => Canceled,
        ItemStatus.Filtered => Filtered,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "There is no such status."),
    };

    /// <summary>Creates the counts from an array that is indexed by status.</summary>
    internal static StatusCounts Of(long[] counts) => new()
    {
        Queued = counts[(int)ItemStatus.Queued],
        InProgress = counts[(int)ItemStatus.InProgress],
        Retrying = counts[(int)ItemStatus.Retrying],
        Skipped = counts[(int)ItemStatus.Skipped],
        Completed = counts[(int)ItemStatus.Completed],
        Failed = counts[(int)ItemStatus.Failed],
        Canceled = counts[(int)ItemStatus.Canceled],
        Filtered = counts[(int)ItemStatus.Filtered],
    };
}
