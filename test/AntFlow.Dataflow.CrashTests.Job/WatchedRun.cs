using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>A run of the real store. What it says it has done is in the ledger before whoever has asked hears of it: that is what later lives are held to.</summary>
internal sealed class WatchedRun(ICheckpointRun inner, Ledger ledger, Killer killer) : ICheckpointRun
{
    private readonly ConcurrentDictionary<long, string> _ids = new();
    private readonly ConcurrentDictionary<int, (string Id, int Stage)> _marks = new();
    private TimeSpan _usual = TimeSpan.FromMilliseconds(5);

    public long Epoch => inner.Epoch;

    public string? Description => inner.Description;

    public long StoredItems => inner.StoredItems;

    public IReadOnlyList<StartMark> Interrupted => inner.Interrupted;

    public IReadOnlyList<StartMark> InterruptedAsPlanned => inner.InterruptedAsPlanned;

    public CancellationToken Lost => inner.Lost;

    public bool IsOwned => inner.IsOwned;

    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default) => inner.WaitUntilOwnedAsync(cancellationToken);

    public void ReportTroubleTo(Action<Exception?> report) => inner.ReportTroubleTo(report);

    public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
    {
        // Only the batch that counts the deaths of earlier lives, and the first of all, say what the pipeline looks like.
        bool isLoading = batch.Description is not null;
        killer.At(isLoading ? Moments.Loading : Moments.BeforeCommit);
        await CommitAsync(batch, isLoading, cancellationToken);
        TellDurable(batch);
        killer.At(isLoading ? Moments.Loading : Moments.AfterCommit);
        // Until then it waits at least: the clock is asked last.
        if (batch.Items.Any(item => item.NextAttemptAt > TimeProvider.System.GetUtcNow()))
            killer.At(Moments.Backoff);
    }

    public async ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default)
    {
        StoredItem? item = await inner.FindItemAsync(id, cancellationToken);
        if (item is not null)
            OnLoaded(item);
        return item;
    }

    public async IAsyncEnumerable<StoredItem> ReadItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (StoredItem item in inner.ReadItemsAsync(cancellationToken))
        {
            OnLoaded(item);
            yield return item;
        }
    }

    public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) => inner.FindStepAsync(item, stage, cancellationToken);

    public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) =>
        inner.ReadChunksAsync(item, stage, cancellationToken);

    public ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) => inner.ReadOncesAsync(item, cancellationToken);

    public async ValueTask MarkStartedAsync(int slot, int stage, string id)
    {
        ledger.Write("marking", id, stage);
        await inner.MarkStartedAsync(slot, stage, id);
        _marks[slot] = (id, stage);
    }

    public void MarkEnded(int slot)
    {
        inner.MarkEnded(slot);
        if (_marks.TryRemove(slot, out (string Id, int Stage) mark))
            ledger.Write("unmarked", mark.Id, mark.Stage);
    }

    public async ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default)
    {
        await inner.MarkPlannedEndAsync(isPlanned, cancellationToken);
        ledger.Write("planned", isPlanned);
    }

    public async ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default)
    {
        await inner.ForgetInterruptedAsync(cancellationToken);
        ledger.Write("forgotten");
        killer.At(Moments.Loading);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask CommitAsync(CheckpointBatch batch, bool isLoading, CancellationToken cancellationToken)
    {
        if (!isLoading && killer.IsDue(Moments.InCommit))
        {
            await killer.DieWithinAsync(Moments.InCommit, Begin, _usual);
            return;
        }

        long from = Stopwatch.GetTimestamp();
        await inner.WriteAsync(batch, cancellationToken);
        _usual = (_usual + Stopwatch.GetElapsedTime(from)) / 2;

        async Task<bool> Begin()
        {
            await inner.WriteAsync(batch, cancellationToken);
            return true;
        }
    }

    private void OnLoaded(StoredItem item)
    {
        _ids[item.Key] = item.Id;
        ledger.Write("loaded", item.Id, item.StageIndex, item.State);
        killer.At(Moments.Loading);
    }

    private void TellDurable(CheckpointBatch batch)
    {
        foreach (StoredItem item in batch.Items)
        {
            _ids[item.Key] = item.Id;
            if (batch.Description is not null)
                ledger.Write("crashed", item.Id, item.StageIndex, item.Crashes, item.MaxConcurrentSuspects, item.LoneCrashes);
            if (item.State == StoredItemState.Failed)
                ledger.Write("failure", item.Id, item.StageIndex);
            else if (item.NextAttemptAt is { } due)
                ledger.Write("retrying", item.Id, item.StageIndex, item.Attempts, due.UtcTicks);
        }

        foreach (StoredStep step in batch.Steps)
            ledger.Write("durable", _ids[step.Item], step.StageIndex);
    }
}
