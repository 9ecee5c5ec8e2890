namespace AntFlow.Dataflow;

/// <summary>What has passed through a stage: counters that only ever rise. Guarded by the lock of the stage.</summary>
/// <remarks>An item is counted where it moves, in the same section. It leaves a stage by arriving in the next one, which counts it, so that no instant lies between the two;
/// what a stage has in progress is what is left over.</remarks>
internal sealed class StageTally
{
    private long _tickets;

    public long Fed { get; set; }

    public long FromStage { get; set; }

    public long FromStageSkipped { get; set; }

    /// <summary>How many of them came from the store, and not out of a worker's hands.</summary>
    public long FromStore { get; set; }

    /// <summary>Items given to the store when the stage was done with them.</summary>
    public long SaveBegun { get; set; }

    /// <summary>Those of them that have come back to this stage, or have ended here.</summary>
    public long SaveEnded { get; set; }

    public long Failed { get; set; }

    public long Canceled { get; set; }

    public long Throttled { get; set; }

    /// <summary>Items that were accepted and are being announced, and that no worker can have yet. The one number here that falls again.</summary>
    public long Unpublished { get; set; }

    /// <summary>The place of an item among all of its priority, drawn at its first arrival and kept over retries.</summary>
    public long DrawTicket() => _tickets++;

    /// <summary>Adds it all up.</summary>
    /// <param name="next">Where items go from here.</param>
    /// <param name="waiting">The populations of the stage: those that are read from where the items wait, and not counted.</param>
    public StageCounts Count(IItemTarget next, StageCounts waiting)
    {
        long arrived = Fed + FromStage;
        long queued = waiting.Queued + Unpublished;
        long saving = SaveBegun - SaveEnded - next.ArrivedFromStore;
        return waiting with
        {
            Fed = Fed,
            Arrived = arrived,
            Queued = queued,
            InProgress = arrived - queued - waiting.Limited - waiting.Held - waiting.Retrying - saving - Failed - Canceled - next.ArrivedFromStage,
            Saving = saving,
            Completed = next.ArrivedFromStage - next.ArrivedSkipped,
            Skipped = next.ArrivedSkipped,
            Failed = Failed,
            Canceled = Canceled,
            Throttled = Throttled,
            BlockedWorkers = next.WaitingWorkers,
        };
    }
}
