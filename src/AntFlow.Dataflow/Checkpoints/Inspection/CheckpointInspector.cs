using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Inspects and changes a store: lists runs, items by state, and one item with its history; takes items out of a run, brings them back, and deletes old runs.</summary>
/// <remarks>Reading needs no ownership, so it works on runs in progress. <see cref="RetryAsync"/> and <see cref="ExcludeAsync"/> own the run while they change it, so they need a run
/// without an owner. All members may be called from any thread.</remarks>
/// <param name="store">The store. You dispose it.</param>
/// <param name="timeProvider">The clock that measures the age of runs. Default: <see cref="TimeProvider.System"/>.</param>
public sealed class CheckpointInspector(ICheckpointStore store, TimeProvider? timeProvider = null)
{
    private readonly ICheckpointStore _store = store ?? throw new ArgumentNullException(nameof(store));
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;

    /// <summary>Returns the runs in the store, the oldest first.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The runs, each with the number of its items by state and its owner.</returns>
    public IAsyncEnumerable<StoredRun> GetRunsAsync(CancellationToken cancellationToken = default) => _store.ReadRunsAsync(cancellationToken);

    /// <summary>Returns the items of a run, in the order in which they were accepted.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="state">Returns only items in this state. Default: all.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The items; none for an unknown run. Corrupt rows are left out, as they are when the run is resumed.</returns>
    public async IAsyncEnumerable<InspectedItem> GetItemsAsync(
        string runId, StoredItemState? state = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        IReadOnlyList<string> stages = await GetStagesAsync(runId, cancellationToken).ConfigureAwait(false);
        await foreach (StoredItem item in _store.ReadItemsAsync(runId, cancellationToken).ConfigureAwait(false))
        {
            if ((state is null || item.State == state) && Checksum.Of(item) == item.Checksum)
                yield return ToInspected(item, stages);
        }
    }

    /// <summary>Finds one item of a run. Takes the same time however many items there are.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The item; null if the item or the run is unknown, or the row is corrupt.</returns>
    /// <exception cref="ArgumentException">The run id is empty, or the item id is the default.</exception>
    public async Task<InspectedItem?> GetItemAsync(string runId, ItemId itemId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        ThrowIfDefault(itemId);
        string id = itemId.ToStoredText();
        StoredItem? item = await _store.FindItemAsync(runId, id, cancellationToken).ConfigureAwait(false);
        if (item is null || !string.Equals(item.Id, id, StringComparison.Ordinal) || Checksum.Of(item) != item.Checksum)
            return null;
        return ToInspected(item, await GetStagesAsync(runId, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Returns the history of an item: its input, if it is stored, and the stages it has finished, in their order.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The history; empty for an unknown item.</returns>
    public async Task<IReadOnlyList<InspectedStep>> GetHistoryAsync(string runId, ItemId itemId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        ThrowIfDefault(itemId);
        IReadOnlyList<string> stages = await GetStagesAsync(runId, cancellationToken).ConfigureAwait(false);
        List<InspectedStep> history = [];
        await foreach (StoredStep step in _store.ReadStepsAsync(runId, itemId.ToStoredText(), cancellationToken).ConfigureAwait(false))
            history.Add(new InspectedStep(NameOf(stages, step.StageIndex), step.FinishedAt, step.Attempts, step.IsSkipped, step.IsNotified));
        return history;
    }

    /// <summary>Brings back items that have failed or were taken out (<see cref="ExcludeAsync"/>): when a later run feeds them, they enter again the stage they ended in, with all attempts.
    /// The results of earlier stages are kept, and those stages do not run again. Attempts, crashes, delay and error are cleared.</summary>
    /// <param name="runId">The id of the run. It must have no owner.</param>
    /// <param name="itemIds">The items, up to thousands at once: each is looked up by its id. A duplicate counts once.</param>
    /// <param name="cancellationToken">Cancels the call; items that were changed before stay changed.</param>
    /// <returns>How many items were changed. Items that are unfinished, have succeeded, were filtered out or are unknown, items with a corrupt row, and all items of an unknown run are left as they
    /// are and are not counted.</returns>
    /// <exception cref="RunOwnedException">The run has an owner. Nothing was changed.</exception>
    /// <exception cref="ArgumentException">The run id is empty, or an item id is the default.</exception>
    public Task<long> RetryAsync(string runId, IEnumerable<ItemId> itemIds, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        ArgumentNullException.ThrowIfNull(itemIds);
        return OperatorSession.ChangeAsync(_store, runId, itemIds, (item, epoch) => OperatorRows.Retried(item, epoch, _time.GetUtcNow()), changesMarked: false, cancellationToken);
    }

    /// <summary>Takes items out of a run: when they are fed again, each one ends Canceled at once, with an <see cref="ItemExcludedException"/> that holds the reason. The results of an item are
    /// kept. <see cref="RetryAsync"/> brings it back; <see cref="CheckpointOptions.ResumeFailed"/> does not.</summary>
    /// <param name="runId">The id of the run. It must have no owner.</param>
    /// <param name="itemIds">The items, up to thousands at once: each is looked up by its id. A duplicate counts once. An item that has no row and is only known to have been running
    /// at a crash is taken out as well.</param>
    /// <param name="reason">The reason, for the readers of the results. Not empty.</param>
    /// <param name="cancellationToken">Cancels the call; items that were changed before stay changed.</param>
    /// <returns>How many items were changed. Items that have succeeded, were filtered out, were taken out already or are unknown, items with a corrupt row, and all items of an unknown run are left
    /// as they are and are not counted.</returns>
    /// <exception cref="RunOwnedException">The run has an owner. Nothing was changed.</exception>
    /// <exception cref="ArgumentException">The run id or the reason is empty, or an item id is the default.</exception>
    public Task<long> ExcludeAsync(string runId, IEnumerable<ItemId> itemIds, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        ArgumentNullException.ThrowIfNull(itemIds);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return OperatorSession.ChangeAsync(_store, runId, itemIds, (item, _) => OperatorRows.Canceled(item, reason, _time.GetUtcNow()), changesMarked: true, cancellationToken);
    }

    /// <summary>Deletes runs that have not been written for some time. Runs that have an owner are kept, whatever their age.</summary>
    /// <param name="olderThan">The minimum time since the last write. Not negative. <see cref="TimeSpan.MaxValue"/>, or any time that reaches back before the year 1, deletes nothing.</param>
    /// <param name="cancellationToken">Cancels the call; runs that were deleted before stay deleted.</param>
    /// <returns>How many runs were deleted.</returns>
    /// <exception cref="IOException">The store cannot determine whether some of the runs have an owner (<see cref="StoredRun.OwnerUnknown"/>); the other runs are deleted.</exception>
    public async Task<long> DeleteRunsAsync(TimeSpan olderThan, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(olderThan, TimeSpan.Zero);
        DateTimeOffset now = _time.GetUtcNow();
        if (olderThan > now - DateTimeOffset.MinValue)
            return 0;
        DateTimeOffset limit = now - olderThan;
        List<string> old = [];
        List<string> unknown = [];
        await foreach (StoredRun run in _store.ReadRunsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (run.WrittenAt > limit)
                continue;
            if (run.OwnerUnknown is { } why)
                unknown.Add($"'{CleanText.Of(run.RunId)}' ({why})");
            else if (run.Owner is null)
                old.Add(run.RunId);
        }

        int deleted = 0;
        foreach (string runId in old)
        {
            try
            {
                if (await _store.DeleteRunAsync(runId, cancellationToken).ConfigureAwait(false))
                    deleted++;
            }
            catch (RunOwnedException)
            {
                // It was opened or written meanwhile.
            }
        }

        return unknown.Count == 0 ? deleted : throw new IOException(
            $"{deleted} old {(deleted == 1 ? "run was" : "runs were")} deleted, and {unknown.Count} {(unknown.Count == 1 ? "was" : "were")} not, because the store cannot determine the owner: "
            + $"{string.Join(", ", unknown.Take(5))}{(unknown.Count > 5 ? ", ..." : "")}");
    }

    private static InspectedItem ToInspected(StoredItem item, IReadOnlyList<string> stages) => new()
    {
        ItemId = ItemId.OfStoredText(item.Id),
        State = item.State,
        Stage = item.State == StoredItemState.Succeeded ? null : NameOf(stages, item.StageIndex),
        Priority = item.Priority,
        Attempts = item.Attempts,
        Crashes = item.Crashes,
        NextAttemptAt = item.NextAttemptAt,
        Error = item.Error.IsEmpty ? null : ErrorCodec.Decode(item.Error),
        StoredAt = item.StoredAt,
    };

    private static void ThrowIfDefault(ItemId itemId)
    {
        if (itemId.IsDefault)
            throw new ArgumentException("The default ItemId identifies nothing.", nameof(itemId));
    }

    private static string NameOf(IReadOnlyList<string> stages, int index) =>
        index < 0 ? "(input)" : index < stages.Count ? stages[index] : $"(stage {index + 1})";

    private async Task<IReadOnlyList<string>> GetStagesAsync(string runId, CancellationToken cancellationToken) =>
        (await _store.FindRunAsync(runId, cancellationToken).ConfigureAwait(false))?.Description is { } description
            ? [.. PipelineDescription.Parse(description).Stages.Select(stage => stage.Name)]
            : [];
}
