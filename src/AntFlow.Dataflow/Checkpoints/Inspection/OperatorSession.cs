namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Changes items of a run for an operator. It owns the run only during the change, counts no crashes, and leaves the start marks to the next run.</summary>
internal static class OperatorSession
{
    private const int WrittenAtOnce = 512;

    /// <summary>Changes the rows of items.</summary>
    /// <param name="store">The store.</param>
    /// <param name="runId">The run.</param>
    /// <param name="itemIds">The items; a duplicate is changed once.</param>
    /// <param name="change">The new row of an item; null to leave it.</param>
    /// <param name="changesMarked">Whether to change an item as well that has no row and is only known to have been running at a crash.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many items were changed.</returns>
    public static async Task<long> ChangeAsync(
        ICheckpointStore store, string runId, IEnumerable<ItemId> itemIds, Func<StoredItem, long, StoredItem?> change, bool changesMarked, CancellationToken cancellationToken)
    {
        string[] ids = [.. itemIds.Select(Text).Distinct(StringComparer.Ordinal)];
        // Opening an unknown run would create it.
        if (ids.Length == 0 || await store.FindRunAsync(runId, cancellationToken).ConfigureAwait(false) is null)
            return 0;
        ICheckpointRun run = await store.OpenRunAsync(runId, cancellationToken).ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            int changed = 0;
            long keys = run.Epoch << 32;
            foreach (string[] some in ids.Chunk(WrittenAtOnce))
            {
                List<StoredItem> rows = [];
                foreach (string id in some)
                {
                    StoredItem? item = await run.FindItemAsync(id, cancellationToken).ConfigureAwait(false);
                    if (item is null && changesMarked && run.Interrupted.Any(mark => string.Equals(mark.Id, id, StringComparison.Ordinal)))
                        item = OperatorRows.Marked(run.Interrupted.Last(mark => string.Equals(mark.Id, id, StringComparison.Ordinal)), ++keys);
                    else if (item is null || !string.Equals(item.Id, id, StringComparison.Ordinal) || Checksum.Of(item) != item.Checksum)
                        continue;
                    if (change(item, run.Epoch) is { } row)
                        rows.Add(row);
                }

                if (rows.Count > 0)
                    await run.WriteAsync(new CheckpointBatch { Items = rows }, cancellationToken).ConfigureAwait(false);
                changed += rows.Count;
            }

            return changed;
        }
    }

    private static string Text(ItemId id) => id.IsDefault ? throw new ArgumentException("The default ItemId identifies nothing.", nameof(id)) : id.ToStoredText();
}
