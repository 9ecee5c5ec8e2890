namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>A store over another one that shows every batch before it is written, and waits for who looks at it.</summary>
internal sealed class WatchedStore(ICheckpointStore inner, Func<CheckpointBatch, Task> onWriting) : ICheckpointStore
{
    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default) =>
        new WatchedRun(await inner.OpenRunAsync(runId, cancellationToken), onWriting);

    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => inner.ReadRunsAsync(cancellationToken);

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) => inner.ReadItemsAsync(runId, cancellationToken);

    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.ReadStepsAsync(runId, id, cancellationToken);

    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => inner.DeleteRunAsync(runId, cancellationToken);

    /// <summary>Does nothing: the store is the test's.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class WatchedRun(ICheckpointRun run, Func<CheckpointBatch, Task> onWriting) : ICheckpointRun
    {
        public long Epoch => run.Epoch;

        public string? Description => run.Description;

        public long StoredItems => run.StoredItems;

        public IReadOnlyList<StartMark> Interrupted => run.Interrupted;

        public CancellationToken Lost => run.Lost;

        public bool HoldsFor(TimeSpan time) => run.HoldsFor(time);

        public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
        {
            await onWriting(batch);
            await run.WriteAsync(batch, cancellationToken);
        }

        public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default) => run.FindItemAsync(id, cancellationToken);

        public IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default) => run.ReadItemsAsync(cancellationToken);

        public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) => run.FindStepAsync(item, stage, cancellationToken);

        public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) => run.ReadChunksAsync(item, stage, cancellationToken);

        public ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) => run.ReadOncesAsync(item, cancellationToken);

        public ValueTask MarkStartedAsync(int slot, int stage, string id) => run.MarkStartedAsync(slot, stage, id);

        public void MarkEnded(int slot) => run.MarkEnded(slot);

        public ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default) => run.ForgetInterruptedAsync(cancellationToken);

        public ValueTask DisposeAsync() => run.DisposeAsync();
    }
}
