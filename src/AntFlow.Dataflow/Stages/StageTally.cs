namespace AntFlow.Dataflow;

/// <summary>The counts of what has passed through a stage: counters that only rise. Guarded by the lock of the stage.</summary>
/// <remarks>An item is counted where it moves, in the same section. It leaves a stage by arriving in the next one, where the link between the two counts it. The items in progress are those that
/// remain.</remarks>
internal sealed class StageTally
{
    public long Fed { get; set; }

    /// <summary>Items that were given to the store when the stage had finished them.</summary>
    public long SaveBegun { get; set; }

    /// <summary>Those of them that have returned to this stage, or have ended here.</summary>
    public long SaveEnded { get; set; }

    public long ThrottledCalls { get; set; }

    /// <summary>Items that were accepted and of which observers are being notified; no worker can have them yet. The only number here that also falls.</summary>
    public long Unpublished { get; set; }

    private long Failed { get; set; }

    private long Canceled { get; set; }

    private long Filtered { get; set; }

    /// <summary>Counts items that end in this stage.</summary>
    public void End(ResultStatus status, int count = 1)
    {
        if (status == ResultStatus.Failed)
            Failed += count;
        else if (status == ResultStatus.Filtered)
            Filtered += count;
        else
            Canceled += count;
    }

    /// <summary>Returns the sum of all counts.</summary>
    /// <param name="ways">The links into the stage.</param>
    /// <param name="exits">The links out of the stage. The locks of their targets are held as well, because the counts of a link belong to its target.</param>
    /// <param name="waiting">The populations of the stage: they are read from where the items wait, and not counted.</param>
    public StageCounts Count(ReadOnlySpan<StageLink> ways, ReadOnlySpan<StageLink> exits, StageCounts waiting)
    {
        long arrived = Fed;
        foreach (StageLink way in ways)
            arrived += way.Tally.Arrived;
        long left = 0;
        long skipped = 0;
        long fromStore = 0;
        var links = new LinkCounts[exits.Length];
        for (int i = 0; i < exits.Length; i++)
        {
            StageLink exit = exits[i];
            links[i] = new LinkCounts(exit.To, exit.Tally.Arrived);
            left += exit.Tally.Arrived;
            skipped += exit.Tally.Skipped;
            fromStore += exit.Tally.FromStore;
        }

        long queued = waiting.Queued + Unpublished;
        long saving = SaveBegun - SaveEnded - fromStore;
        return waiting with
        {
            Fed = Fed,
            Arrived = arrived,
            Queued = queued,
            InProgress = arrived - queued - waiting.Limited - waiting.Quarantined - waiting.Retrying - waiting.Polling - saving - Failed - Canceled - Filtered - left,
            Saving = saving,
            Links = links,
            Completed = left - skipped,
            Skipped = skipped,
            Failed = Failed,
            Canceled = Canceled,
            Filtered = Filtered,
            ThrottledCalls = ThrottledCalls,
        };
    }
}
