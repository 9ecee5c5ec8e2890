namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Computes the changes that an operator makes to the row of an item: a new row with its checksum, or null if nothing changes. Pure.</summary>
internal static class OperatorRows
{
    /// <summary>The value of the error type for a skipped item.</summary>
    private const string ExcludedName = "Skipped";

    /// <summary>The row of an item that has failed or was taken out and is to try its stage again with all attempts.</summary>
    /// <param name="item">The row.</param>
    /// <param name="epoch">The epoch in which the operator changes the row. Earlier start marks no longer count against the item.</param>
    /// <param name="now">The time.</param>
    public static StoredItem? Retried(StoredItem item, long epoch, DateTimeOffset now) =>
        item.State is not (StoredItemState.Failed or StoredItemState.Canceled) ? null : Finish(
            item with
            {
                State = StoredItemState.Unfinished,
                TaskIndex = 0,
                Attempts = 0,
                Crashes = 0,
                CrashEpoch = epoch,
                MaxConcurrentSuspects = 0,
                LoneCrashes = 0,
                NextAttemptAt = null,
                Backoff = TimeSpan.Zero,
                Error = default,
            },
            now);

    /// <summary>The row of an item that has not succeeded and is to be taken out. It keeps the item's history, for later inspection.</summary>
    public static StoredItem? Canceled(StoredItem item, string reason, DateTimeOffset now) =>
        item.State is not (StoredItemState.Unfinished or StoredItemState.Failed) ? null : Finish(
            item with
            {
                State = StoredItemState.Canceled,
                MaxConcurrentSuspects = 0,
                NextAttemptAt = null,
                Backoff = TimeSpan.Zero,
                Error = ErrorCodec.Encode(ExcludedName, reason, string.Empty),
            },
            now);

    /// <summary>The row of an item that has none and is only known to have been running at a crash.</summary>
    public static StoredItem Marked(StartMark mark, long key) => new() { Key = key, Id = mark.Id, Sequence = OpenRun.OnlyCrashesKnown, EntryStageIndex = mark.StageIndex, StageIndex = mark.StageIndex };

    private static StoredItem Finish(StoredItem item, DateTimeOffset now)
    {
        StoredItem dated = item with { StoredAt = now, LastStep = null };
        return dated with { Checksum = Checksum.Of(dated) };
    }
}
