namespace AntFlow.Dataflow;

/// <summary>What has passed through a stage: counters that only ever rise. Guarded by the lock of the stage.</summary>
/// <remarks>An item is counted where it moves, in the same section. It leaves a stage by arriving in the next one, where the link between the two counts it; what a stage has in progress is what
/// is left over.</remarks>
internal sealed class StageTally
{
    public long Fed { get; set; }

    /// <summary>Items given to the store when the stage was done with them.</summary>
    public long SaveBegun { get; set; }

    /// <summary>Those of them that have come back to this stage, or have ended here.</summary>
    public long SaveEnded { get; set; }

    public long ThrottledCalls { get; set; }

    /// <summary>Items that were accepted and are being announced, and that no worker can have yet. The one number here that falls again.</summary>
    public long Unpublished { get; set; }

    private long Failed { get; set; }

    private long Canceled { get; set; }

    /// <summary>Items end in this stage.</summary>
    public void End(ResultStatus status, int count = 1)
    {
        if (status == ResultStatus.Failed)
            Failed += count;
        else
            Canceled += count;
    }

    /// <summary>Adds it all up.</summary>
    /// <param name="ways">The ways in.</param>
    /// <param name="exits">The ways out. The locks of what they lead to are held as well.</param>
    /// <param name="waiting">The populations of the stage: those that are read from where the items wait, and not counted.</param>
    public StageCounts Count(ReadOnlySpan<StageLink> ways, ReadOnlySpan<StageLink> exits, StageCounts waiting)
    {
        long arrived = Fed;
        foreach (StageLink way in ways)
            arrived += way.Tally.Arrived;
        long left = 0;
        long skipped = 0;
        long fromStore = 0;
        int blocked = 0;
        var links = new LinkCounts[exits.Length];
        for (int i = 0; i < exits.Length; i++)
        {
            StageLink exit = exits[i];
            links[i] = new LinkCounts(exit.To, exit.Tally.Arrived);
            left += exit.Tally.Arrived;
            skipped += exit.Tally.Skipped;
            fromStore += exit.Tally.FromStore;
            blocked += exit.Target.WaitingWorkers;
        }

        long queued = waiting.Queued + Unpublished;
        long saving = SaveBegun - SaveEnded - fromStore;
        return waiting with
        {
            Fed = Fed,
            Arrived = arrived,
            Queued = queued,
            InProgress = arrived - queued - waiting.Limited - waiting.Held - waiting.Retrying - saving - Failed - Canceled - left,
            Saving = saving,
            Links = links,
            Completed = left - skipped,
            Skipped = skipped,
            Failed = Failed,
            Canceled = Canceled,
            ThrottledCalls = ThrottledCalls,
            BlockedWorkers = blocked,
        };
    }
}
