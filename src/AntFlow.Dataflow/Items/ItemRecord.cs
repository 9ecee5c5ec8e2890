namespace AntFlow.Dataflow;

/// <summary>The data of an item that is kept beyond its current stage: its state in the store, and what it has done once. Belongs to one item and is never reused.</summary>
/// <remarks>Written by the owner of the item, except for <see cref="Onces"/>: a task may do several things at the same time.</remarks>
internal sealed class ItemRecord
{
    /// <summary>The key of the item in the store; 0 without a store.</summary>
    public long Key { get; init; }

    /// <summary>The id as it is stored.</summary>
    public string StoredId { get; init; } = string.Empty;

    /// <summary>The sequence number of the item in this start of the run.</summary>
    public long Sequence { get; set; }

    /// <summary>The index of the stage that the item was fed to when it was first stored.</summary>
    public int EntryStage { get; init; }

    /// <summary>Whether the store has a row of the item. Set by the code that writes it, once it is accepted.</summary>
    public bool IsStored { get; set; }

    /// <summary>Whether the store knows the item but has no value of it, so that it continues with the value that it is fed with.</summary>
    public bool LacksInput { get; set; }

    /// <summary>The number of crashes of the process while this stage ran the item.</summary>
    public int Crashes { get; set; }

    /// <summary>The number of suspects that may run together with the item, including itself; 0 if it is not a suspect.</summary>
    public int MaxConcurrentSuspects { get; set; }

    /// <summary>The number of crashes at which the item was the only running suspect.</summary>
    public int LoneCrashes { get; set; }

    /// <summary>The epoch of the last counted crash.</summary>
    public long CrashEpoch { get; set; }

    /// <summary>The priority of the item.</summary>
    public int Priority { get; init; }

    /// <summary>The metadata as it is stored.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>Whether the store had a row of the item when the run was opened.</summary>
    public bool IsKnown { get; init; }

    /// <summary>Whether the item continues from that row. It does not if the row is corrupt.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether the item had passed all stages before this run was resumed.</summary>
    public bool IsFinished { get; init; }

    /// <summary>The stage in which the item continues. It may have to report the completion of the previous stage first.</summary>
    public int ResumeStage { get; set; }

    /// <summary>The task of that stage that had failed when the previous start of the run ended.</summary>
    public int ResumeTask { get; set; }

    /// <summary>The number of failed attempts of that task.</summary>
    public int ResumeAttempts { get; set; }

    /// <summary>The rest of the delay before its next attempt.</summary>
    public TimeSpan ResumeDelay { get; set; }

    /// <summary>How long ago the value with which the item continues was stored.</summary>
    public TimeSpan ResumeElapsed { get; set; }

    /// <summary>The step of the value with which the item has entered its stage.</summary>
    public int ValueStage { get; set; }

    /// <summary>The value of the stage that is being saved, with all that is reported of it afterwards.</summary>
    public SavedStep? Saving { get; set; }

    /// <summary>The item while it is held; its envelope may contain another item afterwards. Guarded by the lock of its stage.</summary>
    public Item? Quarantined { get; set; }

    /// <summary>What the item has done once, in the form of its keeper; null until it does something once. Guarded by a lock on the record.</summary>
    public object? Onces { get; set; }

    /// <summary>Returns the number of attempts that a task had before it starts.</summary>
    public int AttemptsBefore(int stage, int task)
    {
        if (ResumeAttempts == 0 || stage != ResumeStage || task != ResumeTask)
            return 0;
        int attempts = ResumeAttempts;
        ResumeAttempts = 0;
        return attempts;
    }
}
