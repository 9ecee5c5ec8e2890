namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What an operator makes of the row of an item: a row with its checksum, or null if there is nothing to change. Pure.</summary>
internal static class OperatorRows
{
    /// <summary>The name that stands where the type of an error would.</summary>
    private const string Skipped = "Skipped";

    /// <summary>An item that has failed, or was taken out, and is to try its stage again with all attempts.</summary>
    /// <param name="item">The row.</param>
    /// <param name="epoch">The opening of the operator. What was noted before that as running does not count against the item any more.</param>
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
                Width = 0,
                LoneCrashes = 0,
                NextAttemptAt = null,
                Backoff = TimeSpan.Zero,
                Error = default,
            },
            now);

    /// <summary>An item that has not succeeded, and is to be taken out. It keeps what it has gone through, for those who look.</summary>
    public static StoredItem? Canceled(StoredItem item, string reason, DateTimeOffset now) =>
        item.State is not (StoredItemState.Unfinished or StoredItemState.Failed) ? null : Finish(
            item with
            {
                State = StoredItemState.Canceled,
                Width = 0,
                NextAttemptAt = null,
                Backoff = TimeSpan.Zero,
                Error = ErrorCodec.Encode(Skipped, reason, string.Empty),
            },
            now);

    /// <summary>An item of which nothing is stored but that it was running at a crash.</summary>
    public static StoredItem Marked(StartMark mark, long key) => new() { Key = key, Id = mark.Id, Sequence = OpenRun.OnlyCrashesKnown, EntryStageIndex = mark.StageIndex, StageIndex = mark.StageIndex };

    private static StoredItem Finish(StoredItem item, DateTimeOffset now)
    {
        StoredItem dated = item with { StoredAt = now, LastStep = null };
        return dated with { Checksum = Checksum.Of(dated) };
    }
}
