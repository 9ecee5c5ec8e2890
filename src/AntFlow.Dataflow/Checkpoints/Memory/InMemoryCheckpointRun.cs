using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run in an <see cref="InMemoryCheckpointStore"/>, held by its owner.</summary>
internal sealed class InMemoryCheckpointRun : ICheckpointRun
{
    private readonly string _runId;
    private readonly InMemoryRows _rows;
    private readonly TimeProvider _time;

    public InMemoryCheckpointRun(string runId, InMemoryRows rows, long epoch, TimeProvider time)
    {
        _runId = runId;
        _rows = rows;
        _time = time;
        Epoch = epoch;
        (Description, StoredItems, Interrupted, InterruptedAsPlanned) = rows.Open(runId, epoch, time.GetUtcNow());
    }

    public long Epoch { get; }

    public string? Description { get; }

    public long StoredItems { get; }

    public IReadOnlyList<StartMark> Interrupted { get; }

    public IReadOnlyList<StartMark> InterruptedAsPlanned { get; }

    public CancellationToken Lost => CancellationToken.None;

    public bool IsOwned => _rows.IsOwnedIn(Epoch);

    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return IsOwned ? ValueTask.CompletedTask : ValueTask.FromException(new LeaseLostException(_runId, "it was released or opened again"));
    }

    /// <summary>Nothing fails here.</summary>
    public void ReportTroubleTo(Action<Exception?> report)
    {
    }

    public ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _rows.TryWrite(Epoch, batch, _time.GetUtcNow())
            ? ValueTask.CompletedTask
            : throw new LeaseLostException(_runId, "it was released or opened by another owner");
    }

    public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default) => new(_rows.Find(id));

    public async IAsyncEnumerable<StoredItem> ReadItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (StoredItem item in _rows.CopyItems())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) => new(_rows.FindStep(item, stage));

    public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) => new(_rows.CopyChunks(item, stage));

    public ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) => new(_rows.CopyOnces(item));

    public ValueTask MarkStartedAsync(int slot, int stage, string id)
    {
        _rows.SetMark(Epoch, slot, new StartMark(Epoch, stage, id));
        return ValueTask.CompletedTask;
    }

    public void MarkEnded(int slot) => _rows.SetMark(Epoch, slot, mark: null);

    public ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _rows.SetPlannedEnd(Epoch, isPlanned);
        return ValueTask.CompletedTask;
    }

    public ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default)
    {
        _rows.ForgetMarksBefore(Epoch);
        return ValueTask.CompletedTask;
    }

    /// <summary>Does what a crash of the process would do: the run has no owner, and its start marks are kept. For tests.</summary>
    public void SimulateCrash() => _rows.Release(Epoch, dies: true);

    /// <summary>Does the same for a process that ends as planned. For tests.</summary>
    public void EndAsPlanned()
    {
        _rows.SetPlannedEnd(Epoch, isPlanned: true);
        SimulateCrash();
    }

    public ValueTask DisposeAsync()
    {
        _rows.Release(Epoch, dies: false);
        return ValueTask.CompletedTask;
    }
}
