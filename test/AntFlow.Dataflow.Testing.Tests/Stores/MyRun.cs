namespace AntFlow.Dataflow.Testing.Tests.Stores;

/// <summary>A run of <see cref="MyStore"/>, in the hands of its owner.</summary>
internal sealed class MyRun : ICheckpointRun
{
    private readonly MyStore _store;
    private readonly string _runId;
    private readonly MyRows _rows;

    public MyRun(MyStore store, string runId, MyRows rows, long epoch)
    {
        _store = store;
        _runId = runId;
        _rows = rows;
        Epoch = epoch;
        (Description, StoredItems, Interrupted, InterruptedAsPlanned) = rows.Open(epoch);
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
        cancellationToken.ThrowIfCancellationRequested();
        return IsOwned ? ValueTask.CompletedTask : throw new LeaseLostException(_runId, "it was released or opened again");
    }

    public void ReportTroubleTo(Action<Exception?> report)
    {
    }

    public ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _rows.TryWrite(Epoch, _store.ForgetsChunks ? batch with { Chunks = [] } : batch) ? ValueTask.CompletedTask : throw new LeaseLostException(_runId, "it was released or opened again");
    }

    public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default) => new(_rows.FindItem(id));

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default) => MyStore.InOrderAsync(_rows.Items(), cancellationToken);

    public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) => new(_rows.FindStep(item, stage));

    public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) => new(_rows.ChunksOf(item, stage));

    public ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) => new(_rows.OncesOf(item));

    public ValueTask MarkStartedAsync(int slot, int stage, string id)
    {
        _rows.Mark(Epoch, slot, new StartMark(Epoch, stage, id));
        return ValueTask.CompletedTask;
    }

    public void MarkEnded(int slot) => _rows.Mark(Epoch, slot, mark: null);

    public ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default)
    {
        _rows.PlanEnd(Epoch, isPlanned);
        return ValueTask.CompletedTask;
    }

    public ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default)
    {
        _rows.ForgetBefore(Epoch);
        return ValueTask.CompletedTask;
    }

    /// <summary>What the death of the process would do.</summary>
    public ValueTask CrashAsync()
    {
        _rows.Close(Epoch, dies: true);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _rows.Close(Epoch, dies: false);
        return ValueTask.CompletedTask;
    }
}
