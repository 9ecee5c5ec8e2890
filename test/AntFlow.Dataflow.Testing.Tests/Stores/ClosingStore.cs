namespace AntFlow.Dataflow.Testing.Tests.Stores;

/// <summary>A store that tells that it was closed.</summary>
internal sealed class ClosingStore(ICheckpointStore inner, Action onClosed) : ICheckpointStore
{
    public string Location => inner.Location;

    public ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default) => inner.OpenRunAsync(runId, cancellationToken);

    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => inner.ReadRunsAsync(cancellationToken);

    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) => inner.FindRunAsync(runId, cancellationToken);

    public ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.FindItemAsync(runId, id, cancellationToken);

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) => inner.ReadItemsAsync(runId, cancellationToken);

    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.ReadStepsAsync(runId, id, cancellationToken);

    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => inner.DeleteRunAsync(runId, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        onClosed();
    }
}
