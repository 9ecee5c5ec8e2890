namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>A store that remembers which run it has opened last: who wants to have its owner die has to have it.</summary>
public sealed class CapturingStore(ICheckpointStore inner) : ICheckpointStore
{
    public string Location => inner.Location;

    public ICheckpointRun? Run { get; private set; }

    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default) => Run = await inner.OpenRunAsync(runId, cancellationToken);

    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => inner.ReadRunsAsync(cancellationToken);

    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) => inner.FindRunAsync(runId, cancellationToken);

    public ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.FindItemAsync(runId, id, cancellationToken);

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) => inner.ReadItemsAsync(runId, cancellationToken);

    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.ReadStepsAsync(runId, id, cancellationToken);

    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => inner.DeleteRunAsync(runId, cancellationToken);

    /// <summary>Does nothing: the store is the test's.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
