namespace AntFlow.Dataflow.Checkpoints;

/// <summary>An item as it is stored: where it stands, and what its next attempt has to know.</summary>
/// <remarks>To a store it is a row of plain values, and the <see cref="Checksum"/> one of them: whoever reads an item checks it.</remarks>
public sealed record StoredItem
{
    /// <summary>The key of the item, unique in the store: the epoch in which it was first stored, times 2^32, and a number below that. In the order of acceptance.</summary>
    public required long Key { get; init; }

    /// <summary>The id of the item as text: <c>s:home</c>, <c>n:17</c> or <c>g:</c> and a Guid. Unique in the run; compared ordinally.</summary>
    public required string Id { get; init; }

    /// <summary>The sequence number of the item in the run that stored it first.</summary>
    public long Sequence { get; init; }

    /// <summary>The index of the stage the item was fed into.</summary>
    public int EntryStageIndex { get; init; }

    /// <summary>The index of the stage the item enters next; the number of stages once it has passed all.</summary>
    public int StageIndex { get; init; }

    /// <summary>How far the item is.</summary>
    public StoredItemState State { get; init; }

    /// <summary>The priority of the item.</summary>
    public int Priority { get; init; }

    /// <summary>The metadata of the item, encoded; empty if it has none.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>The index of the task that failed last in <see cref="StageIndex"/>.</summary>
    public int TaskIndex { get; init; }

    /// <summary>How often that task has failed.</summary>
    public int Attempts { get; init; }

    /// <summary>How often the process crashed while <see cref="StageIndex"/> ran the item.</summary>
    public int Crashes { get; init; }

    /// <summary>How many suspects may run together with the item, itself included, since it ran at a crash; 0 if it is no suspect. A suspect is an item that ran at a crash and has not
    /// passed its stage since.</summary>
    public int Width { get; init; }

    /// <summary>At how many crashes the item was the only suspect that ran.</summary>
    public int LoneCrashes { get; init; }

    /// <summary>The epoch of the last crash counted.</summary>
    public long CrashEpoch { get; init; }

    /// <summary>When the next attempt is due; null if none waits.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>How long that attempt was to wait in all: it never waits longer, whatever the clock says.</summary>
    public TimeSpan Backoff { get; init; }

    /// <summary>What the last attempt failed with, or why the item was taken out, encoded; empty if there is neither.</summary>
    public ReadOnlyMemory<byte> Error { get; init; }

    /// <summary>When the item was stored last.</summary>
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>Guards all of the above against torn and flipped rows.</summary>
    public uint Checksum { get; init; }

    /// <summary>What the stage before <see cref="StageIndex"/> ended with, the input (stage -1) for stage 0; null if it is not stored. Filled in by the store where it reads an item; no part
    /// of the row.</summary>
    public StoredStep? LastStep { get; init; }

    /// <summary>The step the item goes on with, and of which <see cref="LastStep"/> is: in a line that of the stage before. The stores of this library look it up by the same rule.</summary>
    internal int ValueStage => StageIndex - 1;
}
