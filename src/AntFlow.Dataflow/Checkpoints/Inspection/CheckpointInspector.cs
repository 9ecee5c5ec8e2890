using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Looks into a store: runs, items by state, one item and its history. Takes items out of a run, brings them back, and deletes old runs.</summary>
/// <remarks>Looking needs no ownership, so it works on runs that go on. <see cref="RetryAsync"/> and <see cref="SkipAsync"/> own the run while they change it, so they work on a run that
/// has no owner. All members may be called from any thread.</remarks>
/// <param name="store">The store. It stays yours to dispose.</param>
/// <param name="timeProvider">The clock by which runs grow old. Default: <see cref="TimeProvider.System"/>.</param>
public sealed class CheckpointInspector(ICheckpointStore store, TimeProvider? timeProvider = null)
{
    private readonly ICheckpointStore _store = store ?? throw new ArgumentNullException(nameof(store));
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;

    /// <summary>The runs in the store, the oldest first.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The runs, each with the number of its items by state and with its owner.</returns>
    public IAsyncEnumerable<StoredRun> GetRunsAsync(CancellationToken cancellationToken = default) => _store.ReadRunsAsync(cancellationToken);

    /// <summary>The items of a run, in the order in which they were accepted.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="state">Only items of this state. Default: all.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The items; none for a run that is not known. Rows that are not whole are left out, as they are when the run goes on.</returns>
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

    /// <summary>One item of a run. Takes the same time however many items there are.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The item; null if it or the run is not known, or its row is not whole.</returns>
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

    /// <summary>What an item has gone through: its input, if it is stored, and the stages it has finished, in their order.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The history; empty for an item that is not known.</returns>
    public async Task<IReadOnlyList<InspectedStep>> GetHistoryAsync(string runId, ItemId itemId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        ThrowIfDefault(itemId);
        IReadOnlyList<string> stages = await GetStagesAsync(runId, cancellationToken).ConfigureAwait(false);
        List<InspectedStep> history = [];
        await foreach (StoredStep step in _store.ReadStepsAsync(runId, itemId.ToStoredText(), cancellationToken).ConfigureAwait(false))
            history.Add(new InspectedStep(NameOf(stages, step.StageIndex), step.FinishedAt, step.Attempts, step.IsSkipped, step.IsTold));
        return history;
    }

    /// <summary>Brings items back that have failed, or were taken out (<see cref="SkipAsync"/>): the next run that is fed them enters the stage they ended in again, with all attempts.
    /// What they have finished before is kept and does not run again; attempts, crashes, delay and error are forgotten.</summary>
    /// <param name="runId">The run. It must have no owner.</param>
    /// <param name="itemIds">The items, up to thousands at once: each is looked up by its id. One that is given twice counts once.</param>
    /// <param name="cancellationToken">Ends the changing; what is changed by then stays changed.</param>
    /// <returns>How many were changed. Items that are unfinished, have succeeded, are not known or whose row is not whole are left as they are, and do not count; nor does anything of a run
    /// that is not known.</returns>
    /// <exception cref="RunOwnedException">The run has an owner. Nothing was changed.</exception>
    /// <exception cref="ArgumentException">The run id is empty, or an item id is the default.</exception>
    public Task<long> RetryAsync(string runId, IEnumerable<ItemId> itemIds, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        ArgumentNullException.ThrowIfNull(itemIds);
        return OperatorSession.ChangeAsync(_store, runId, itemIds, (item, epoch) => OperatorRows.Retried(item, epoch, _time.GetUtcNow()), changesMarked: false, cancellationToken);
    }

    /// <summary>Takes items out of a run: fed again, each ends Canceled at once, with an <see cref="ItemSkippedException"/> that holds the reason. What it has finished is kept, and
    /// <see cref="RetryAsync"/> brings it back; <see cref="CheckpointOptions.ResumeFailed"/> does not.</summary>
    /// <param name="runId">The run. It must have no owner.</param>
    /// <param name="itemIds">The items, up to thousands at once: each is looked up by its id. One that is given twice counts once. An item of which nothing is stored but that it was running
    /// at a crash is taken out as well.</param>
    /// <param name="reason">Why, for those who read the results. Not empty.</param>
    /// <param name="cancellationToken">Ends the changing; what is changed by then stays changed.</param>
    /// <returns>How many were changed. Items that have succeeded, were taken out already, are not known or whose row is not whole are left as they are, and do not count; nor does anything
    /// of a run that is not known.</returns>
    /// <exception cref="RunOwnedException">The run has an owner. Nothing was changed.</exception>
    /// <exception cref="ArgumentException">The run id or the reason is empty, or an item id is the default.</exception>
    public Task<long> SkipAsync(string runId, IEnumerable<ItemId> itemIds, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        ArgumentNullException.ThrowIfNull(itemIds);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return OperatorSession.ChangeAsync(_store, runId, itemIds, (item, _) => OperatorRows.Canceled(item, reason, _time.GetUtcNow()), changesMarked: true, cancellationToken);
    }

    /// <summary>Deletes runs of which nothing was written for some time. Runs that have an owner are left, whatever their age.</summary>
    /// <param name="olderThan">For how long. Not negative; <see cref="TimeSpan.MaxValue"/>, and whatever reaches back before the year 1, deletes nothing.</param>
    /// <param name="cancellationToken">Ends the deleting; what is deleted by then stays deleted.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="IOException">The store cannot tell of some of them whether they have an owner (<see cref="StoredRun.OwnerUnknown"/>); the others are deleted.</exception>
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
                // It was gone on with meanwhile.
            }
        }

        return unknown.Count == 0 ? deleted : throw new IOException(
            $"{deleted} old runs were deleted, and {unknown.Count} were not, because the store cannot tell whether they have an owner: {string.Join(", ", unknown.Take(5))}{(unknown.Count > 5 ? ", ..." : "")}");
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
