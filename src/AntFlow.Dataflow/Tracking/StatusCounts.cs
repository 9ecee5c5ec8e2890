namespace AntFlow.Dataflow;

/// <summary>How many items have which last status.</summary>
public sealed record StatusCounts
{
    private readonly long[] _counts;

    internal StatusCounts(long[] counts)
    {
        _counts = counts;
    }

    /// <summary>Items last seen waiting in a stage.</summary>
    public long Queued => this[ItemStatus.Queued];

    /// <summary>Items last seen in an attempt.</summary>
    public long InProgress => this[ItemStatus.InProgress];

    /// <summary>Items last seen waiting for their next attempt.</summary>
    public long Retrying => this[ItemStatus.Retrying];

    /// <summary>Items whose last stage let them pass without running its tasks.</summary>
    public long Skipped => this[ItemStatus.Skipped];

    /// <summary>Items whose last stage is done with them.</summary>
    public long Completed => this[ItemStatus.Completed];

    /// <summary>Items that have failed.</summary>
    public long Failed => this[ItemStatus.Failed];

    /// <summary>Items that were canceled.</summary>
    public long Canceled => this[ItemStatus.Canceled];

    /// <summary>All items the tracker has seen.</summary>
    public long Total => _counts.Sum();

    /// <summary>How many items have this last status.</summary>
    /// <param name="status">The status.</param>
    public long this[ItemStatus status] => _counts[(int)status];
}
