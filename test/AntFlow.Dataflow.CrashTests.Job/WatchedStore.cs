namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>The real store, with a ledger of what it has said, and moments to die at before, in and after what it does.</summary>
internal sealed class WatchedStore(ICheckpointStore inner, Ledger ledger, Killer killer) : ICheckpointStore
{
    public string Location => inner.Location;

    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        ledger.Write("opening");
        ICheckpointRun run = killer.IsDue(Moments.Loading)
            ? await killer.DieWithinAsync(Moments.Loading, () => inner.OpenRunAsync(runId, cancellationToken).AsTask(), TimeSpan.FromMilliseconds(20))
            : await inner.OpenRunAsync(runId, cancellationToken);
        foreach (StartMark mark in run.Interrupted)
            ledger.Write("interrupted", mark.Id, mark.StageIndex, mark.Epoch);
        foreach (StartMark mark in run.InterruptedAsPlanned)
            ledger.Write("planned-for", mark.Id, mark.StageIndex, mark.Epoch);
        // Last: who finds this line finds all of those, too.
        ledger.Write("opened", run.Epoch, run.StoredItems);
        killer.At(Moments.Loading);
        return new WatchedRun(run, ledger, killer);
    }

    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => inner.ReadRunsAsync(cancellationToken);

    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) => inner.FindRunAsync(runId, cancellationToken);

    public ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.FindItemAsync(runId, id, cancellationToken);

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) => inner.ReadItemsAsync(runId, cancellationToken);

    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) => inner.ReadStepsAsync(runId, id, cancellationToken);

    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => inner.DeleteRunAsync(runId, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
