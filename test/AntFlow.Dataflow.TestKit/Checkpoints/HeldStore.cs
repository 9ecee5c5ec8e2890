namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>A store whose writes can be looked at, held, refused, or have their answer lost.</summary>
public sealed class HeldStore(ICheckpointStore inner) : ICheckpointStore
{
    public string Location => inner.Location;

    private TaskCompletionSource _door = Opened();

    /// <summary>Called with every batch that is about to be written, which waits for it.</summary>
    public Func<CheckpointBatch, Task> OnWriting { get; set; } = _ => Task.CompletedTask;

    /// <summary>What a write throws before anything is written; null for nothing.</summary>
    public Func<Exception?> Before { get; set; } = () => null;

    /// <summary>What a write throws after it was written; null for nothing.</summary>
    public Func<Exception?> After { get; set; } = () => null;

    /// <summary>What other calls throw: asked with the name of the method.</summary>
    public Func<string, Exception?> Calls { get; set; } = _ => null;

    /// <summary>Called when it is about to be read what an item did once, which waits for it.</summary>
    public Func<Task> OnReadingOnces { get; set; } = () => Task.CompletedTask;

    /// <summary>Called before it is noted whether the process is about to end as planned, which waits for it.</summary>
    public Func<bool, Task> OnPlannedEnd { get; set; } = _ => Task.CompletedTask;

    /// <summary>How many batches were written.</summary>
    public int Written { get; private set; }

    /// <summary>The run that is open.</summary>
    public ICheckpointRun? Run { get; private set; }

    public void Hold() => _door = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _door.TrySetResult();

    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        Throw(nameof(OpenRunAsync));
        Run = await inner.OpenRunAsync(runId, cancellationToken);
        return new HeldRun(this, Run);
    }

    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => inner.ReadRunsAsync(cancellationToken);

    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) => inner.FindRunAsync(runId, cancellationToken);

    public ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.FindItemAsync(runId, id, cancellationToken);

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) => inner.ReadItemsAsync(runId, cancellationToken);

    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.ReadStepsAsync(runId, id, cancellationToken);

    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => inner.DeleteRunAsync(runId, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static TaskCompletionSource Opened()
    {
        var door = new TaskCompletionSource();
        door.SetResult();
        return door;
    }

    private void Throw(string method)
    {
        if (Calls(method) is { } error)
            throw error;
    }

    private sealed class HeldRun(HeldStore store, ICheckpointRun run) : ICheckpointRun
    {
        public long Epoch => run.Epoch;

        public string? Description => run.Description;

        public long StoredItems => run.StoredItems;

        public IReadOnlyList<StartMark> Interrupted => run.Interrupted;

        public IReadOnlyList<StartMark> InterruptedAsPlanned => run.InterruptedAsPlanned;

        public CancellationToken Lost => run.Lost;

        public bool IsHeld => run.IsHeld;

        public ValueTask WaitUntilHeldAsync(CancellationToken cancellationToken = default) => run.WaitUntilHeldAsync(cancellationToken);

        public void ReportTroubleTo(Action<Exception?> report) => run.ReportTroubleTo(report);

        public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
        {
            await store._door.Task.WaitAsync(cancellationToken);
            await store.OnWriting(batch);
            if (store.Before() is { } before)
                throw before;
            await run.WriteAsync(batch, cancellationToken);
            store.Written++;
            if (store.After() is { } after)
                throw after;
        }

        public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default)
        {
            store.Throw(nameof(FindItemAsync));
            return run.FindItemAsync(id, cancellationToken);
        }

        public IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default)
        {
            store.Throw(nameof(ReadItemsAsync));
            return run.ReadItemsAsync(cancellationToken);
        }

        public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default)
        {
            store.Throw(nameof(FindStepAsync));
            return run.FindStepAsync(item, stage, cancellationToken);
        }

        public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default)
        {
            store.Throw(nameof(ReadChunksAsync));
            return run.ReadChunksAsync(item, stage, cancellationToken);
        }

        public async ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default)
        {
            store.Throw(nameof(ReadOncesAsync));
            await store.OnReadingOnces().WaitAsync(cancellationToken);
            return await run.ReadOncesAsync(item, cancellationToken);
        }

        public ValueTask MarkStartedAsync(int slot, int stage, string id)
        {
            store.Throw(nameof(MarkStartedAsync));
            return run.MarkStartedAsync(slot, stage, id);
        }

        public void MarkEnded(int slot) => run.MarkEnded(slot);

        public async ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default)
        {
            await store.OnPlannedEnd(isPlanned);
            await run.MarkPlannedEndAsync(isPlanned, cancellationToken);
        }

        public ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default)
        {
            store.Throw(nameof(ForgetInterruptedAsync));
            return run.ForgetInterruptedAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => run.DisposeAsync();
    }
}
