namespace AntFlow.Dataflow.Checkpoints;

/// <summary>An item as it is stored: the stage it has reached, and the data that its next attempt needs.</summary>
/// <remarks>To a store it is a row of plain values, and <see cref="Checksum"/> is one of them: the library checks it when it reads an item.</remarks>
public sealed record StoredItem
{
    /// <summary>A value of <see cref="ValueStageIndex"/>.</summary>
    internal const int UnknownStage = -2;

    /// <summary>Gets the key of the item, unique in the store: the epoch in which it was first stored, times 2^32, plus a number below that. Keys rise in the order of acceptance.</summary>
    public required long Key { get; init; }

    /// <summary>Gets the id of the item as text: <c>s:home</c>, <c>n:17</c> or <c>g:</c> and a Guid. Unique in the run; compared ordinally.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the sequence number of the item in the run that stored it first.</summary>
    public long Sequence { get; init; }

    /// <summary>Gets the index of the stage the item was fed into.</summary>
    public int EntryStageIndex { get; init; }

    /// <summary>Gets the index of the stage the item enters next; the number of stages once it has passed all.</summary>
    public int StageIndex { get; init; }

    /// <summary>Gets the index of the stage whose result the item continues with (<see cref="LastStep"/>), if that is not the stage declared before <see cref="StageIndex"/>: behind a switch
    /// (<c>ThenSwitch</c>). -2 if it is not known, so that the newest result before <see cref="StageIndex"/> counts. Null for the stage before; for stage 0 that is the input (stage -1).</summary>
    public int? ValueStageIndex { get; init; }

    /// <summary>Gets the state of the item.</summary>
    public StoredItemState State { get; init; }

    /// <summary>Gets the priority of the item.</summary>
    public int Priority { get; init; }

    /// <summary>Gets the metadata of the item, encoded; empty if it has none.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>Gets the index of the task that failed last in <see cref="StageIndex"/>.</summary>
    public int TaskIndex { get; init; }

    /// <summary>Gets how often that task has failed.</summary>
    public int Attempts { get; init; }

    /// <summary>Gets how often the process crashed while <see cref="StageIndex"/> ran the item.</summary>
    public int Crashes { get; init; }

    /// <summary>Gets how many suspects may run together with the item, itself included; 0 if the item is not a suspect. A suspect is an item that was running at a crash and has not
    /// passed its stage since.</summary>
    public int MaxConcurrentSuspects { get; init; }

    /// <summary>Gets at how many crashes the item was the only suspect that was running.</summary>
    public int LoneCrashes { get; init; }

    /// <summary>Gets the epoch of the last crash counted.</summary>
    public long CrashEpoch { get; init; }

    /// <summary>Gets when the next attempt is due; null if none is pending.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>Gets the delay before that attempt: the upper limit of the wait, also after a change of the system clock.</summary>
    public TimeSpan Backoff { get; init; }

    /// <summary>Gets the error of the last attempt, or the reason why the item was taken out, encoded; empty if there is neither.</summary>
    public ReadOnlyMemory<byte> Error { get; init; }

    /// <summary>Gets when the item was stored last.</summary>
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>Gets the checksum of all of the above, which detects torn and corrupt rows.</summary>
    public uint Checksum { get; init; }

    /// <summary>Gets the result of the stage <see cref="ValueStageIndex"/>, or else of the stage before <see cref="StageIndex"/>; for stage 0 that is the input (stage -1). Null if it is not
    /// stored. The store fills it in when it reads an item; it is not part of the row.</summary>
    public StoredStep? LastStep { get; init; }

    /// <summary>The stage whose result <see cref="LastStep"/> is.</summary>
    internal int ValueStage => ValueStageIndex ?? StageIndex - 1;
}
