using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>Looks into a store: runs, items by state, the history of one item; and deletes what is old. Needs no ownership, so it may look at runs that go on.</summary>
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

    /// <summary>What an item has gone through: its input, if it is stored, and the stages it has finished, in their order.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The history; empty for an item that is not known.</returns>
    public async Task<IReadOnlyList<InspectedStep>> GetHistoryAsync(string runId, ItemId itemId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        if (itemId.IsDefault)
            throw new ArgumentException("The default ItemId identifies nothing.", nameof(itemId));
        IReadOnlyList<string> stages = await GetStagesAsync(runId, cancellationToken).ConfigureAwait(false);
        List<InspectedStep> history = [];
        await foreach (StoredStep step in _store.ReadStepsAsync(runId, itemId.ToStoredText(), cancellationToken).ConfigureAwait(false))
            history.Add(new InspectedStep(NameOf(stages, step.Stage), step.FinishedAt, step.Attempts, step.IsSkipped, step.IsTold));
        return history;
    }

    /// <summary>Deletes runs of which nothing was written for some time. Runs that have an owner are left, whatever their age.</summary>
    /// <param name="olderThan">For how long. Not negative.</param>
    /// <param name="cancellationToken">Ends the deleting; what is deleted by then stays deleted.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="IOException">The store cannot tell of some of them whether they have an owner (<see cref="StoredRun.OwnerUnknown"/>); the others are deleted.</exception>
    public async Task<int> DeleteRunsAsync(TimeSpan olderThan, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(olderThan, TimeSpan.Zero);
        DateTimeOffset limit = _time.GetUtcNow() - olderThan;
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
                // Somebody has gone on with it meanwhile.
            }
        }

        return unknown.Count == 0 ? deleted : throw new IOException(
            $"{deleted} old runs were deleted, and {unknown.Count} were not, because the store cannot tell whether they have an owner: {string.Join(", ", unknown.Take(5))}{(unknown.Count > 5 ? ", ..." : "")}");
    }

    private static InspectedItem ToInspected(StoredItem item, IReadOnlyList<string> stages) => new()
    {
        ItemId = ItemId.OfStoredText(item.Id),
        State = item.State,
        Stage = item.State == StoredItemState.Succeeded ? null : NameOf(stages, item.Stage),
        Priority = item.Priority,
        Attempts = item.Attempts,
        Crashes = item.Crashes,
        NextAttemptAt = item.NextAttemptAt,
        Error = item.Error.IsEmpty ? null : ErrorCodec.Decode(item.Error),
        StoredAt = item.StoredAt,
    };

    private static string NameOf(IReadOnlyList<string> stages, int index) =>
        index < 0 ? "(input)" : index < stages.Count ? stages[index] : $"(stage {index + 1})";

    private async Task<IReadOnlyList<string>> GetStagesAsync(string runId, CancellationToken cancellationToken)
    {
        await foreach (StoredRun run in _store.ReadRunsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (string.Equals(run.RunId, runId, StringComparison.Ordinal) && run.Description is { } description)
                return [.. PipelineDescription.Parse(description).Stages.Select(stage => stage.Name)];
        }

        return [];
    }
}
