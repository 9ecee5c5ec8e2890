namespace AntFlow.Dataflow;

/// <summary>What is remembered of an item beyond its stay in a stage: what a store knows of it, and what it has done once. Belongs to one item and is never recycled.</summary>
/// <remarks>Written by the owner of the item, but for <see cref="Onces"/>: a task may do several things at the same time.</remarks>
internal sealed class ItemRecord
{
    /// <summary>The key of the item in the store; 0 without one.</summary>
    public long Key { get; init; }

    /// <summary>The id as it is stored.</summary>
    public string StoredId { get; init; } = string.Empty;

    /// <summary>The sequence number the item has in this life.</summary>
    public long Sequence { get; set; }

    /// <summary>The index of the stage the item was fed into, in the life in which it was stored first.</summary>
    public int EntryStage { get; init; }

    /// <summary>Whether the store has a row of the item. Set by what writes it, once it is accepted.</summary>
    public bool IsStored { get; set; }

    /// <summary>Whether the store knows the item and has no value of it, so that it goes on with what it was fed as.</summary>
    public bool LacksInput { get; set; }

    /// <summary>How often the process crashed while this stage ran the item.</summary>
    public int Crashes { get; set; }

    /// <summary>How many suspects may run together with the item, itself included; 0 if it is no suspect.</summary>
    public int Width { get; set; }

    /// <summary>At how many crashes the item was the only suspect that ran.</summary>
    public int LoneCrashes { get; set; }

    /// <summary>The epoch of the last crash counted.</summary>
    public long CrashEpoch { get; set; }

    /// <summary>The priority of the item.</summary>
    public int Priority { get; init; }

    /// <summary>The metadata as it is stored.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>Whether the store had a row of the item when the run was opened.</summary>
    public bool IsKnown { get; init; }

    /// <summary>Whether the item goes on from what that says. It does not where the row is not whole.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether the item has passed all stages already, in an earlier life.</summary>
    public bool IsFinished { get; init; }

    /// <summary>The stage in which the item goes on. It may have to tell of the one in front first.</summary>
    public int ResumeStage { get; set; }

    /// <summary>The task of it that had failed when the last life ended.</summary>
    public int ResumeTask { get; set; }

    /// <summary>How often that task had failed.</summary>
    public int ResumeAttempts { get; set; }

    /// <summary>What of its delay is left.</summary>
    public TimeSpan ResumeDelay { get; set; }

    /// <summary>The value of the stage as it is being saved, and all that is said of it once it is.</summary>
    public SavedStep? Saving { get; set; }

    /// <summary>The item while it is put aside, as long as it is: its envelope may carry another one afterwards. Guarded by the lock of its stage.</summary>
    public Item? Held { get; set; }

    /// <summary>What the item has done once, in the form of its keeper; null until it does something. Guarded by a lock on the record.</summary>
    public object? Onces { get; set; }

    /// <summary>How many attempts the task has behind it that begins.</summary>
    public int AttemptsBefore(int stage, int task)
    {
        if (ResumeAttempts == 0 || stage != ResumeStage || task != ResumeTask)
            return 0;
        int attempts = ResumeAttempts;
        ResumeAttempts = 0;
        return attempts;
    }
}
