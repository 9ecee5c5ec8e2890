namespace AntFlow.Dataflow.Testing;

/// <summary>A run of a <see cref="ChaosStore"/>.</summary>
internal sealed class ChaosRun : ICheckpointRun
{
    private readonly ChaosStore _store;
    private readonly string _runId;
    private readonly ICheckpointRun _inner;
    private readonly CancellationTokenSource _lost;
    private volatile string? _whyLost;

    public ChaosRun(ChaosStore store, string runId, ICheckpointRun inner)
    {
        _store = store;
        _runId = runId;
        _inner = inner;
        _lost = CancellationTokenSource.CreateLinkedTokenSource(inner.Lost);
        // The token is also requested after the source is disposed.
        Lost = _lost.Token;
    }

    public ICheckpointRun Inner => _inner;

    public long Epoch => _inner.Epoch;

    public string? Description => _inner.Description;

    public long StoredItems => _inner.StoredItems;

    public IReadOnlyList<StartMark> Interrupted => _inner.Interrupted;

    public IReadOnlyList<StartMark> InterruptedAsPlanned => _inner.InterruptedAsPlanned;

    public CancellationToken Lost { get; }

    public bool IsOwned => _whyLost is null && _inner.IsOwned;

    public void ReportTroubleTo(Action<Exception?> report) => _inner.ReportTroubleTo(report);

    public void ReportWarningsTo(Action<string> report) => _inner.ReportWarningsTo(report);

    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default) =>
        DoIfHeldAsync(_store.Call(_runId), () => _inner.WaitUntilOwnedAsync(cancellationToken), cancellationToken);

    public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
    {
        ChaosCall call = _store.Call(_runId) with { Batch = batch };
        await _store.BeginAsync(call, cancellationToken).ConfigureAwait(false);
        if (_store.Fates.LosesRun(call))
            await LoseAsync(_store.Fates.WhyLost(call)).ConfigureAwait(false);
        ThrowIfLost();
        await _inner.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        await _store.EndWriteAsync(call).ConfigureAwait(false);
    }

    public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default) =>
        _store.DoAsync(_store.Call(_runId), () => _inner.FindItemAsync(id, cancellationToken), cancellationToken);

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default) =>
        _store.ReadAsync(_store.Call(_runId), _inner.ReadItemsAsync, cancellationToken);

    public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) =>
        _store.DoAsync(_store.Call(_runId), () => _inner.FindStepAsync(item, stage, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) =>
        _store.DoAsync(_store.Call(_runId), () => _inner.ReadChunksAsync(item, stage, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) =>
        _store.DoAsync(_store.Call(_runId), () => _inner.ReadOncesAsync(item, cancellationToken), cancellationToken);

    public ValueTask MarkStartedAsync(int slot, int stage, string id) =>
        DoIfHeldAsync(_store.Call(_runId), () => _inner.MarkStartedAsync(slot, stage, id), CancellationToken.None);

    public void MarkEnded(int slot)
    {
        // The store below still counts this owner as the owner; what ran when the run was lost has to stay recorded all the same.
        if (_whyLost is null)
            _inner.MarkEnded(slot);
    }

    public ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default) =>
        _store.DoAsync(
            _store.Call(_runId) with { IsPlanned = isPlanned },
            () => _whyLost is null ? _inner.MarkPlannedEndAsync(isPlanned, cancellationToken) : ValueTask.CompletedTask,
            cancellationToken);

    public ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default) =>
        DoIfHeldAsync(_store.Call(_runId), () => _inner.ForgetInterruptedAsync(cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _store.Close(this);
        await _inner.DisposeAsync().ConfigureAwait(false);
        _lost.Dispose();
    }

    /// <summary>Makes the run behave from now on as if another owner had it.</summary>
    public async Task LoseAsync(string why)
    {
        _whyLost ??= why;
        try
        {
            await _lost.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The run was disposed meanwhile: there are no listeners any more.
        }
    }

    private ValueTask DoIfHeldAsync(ChaosCall call, Func<ValueTask> inner, CancellationToken cancellationToken) =>
        _store.DoAsync(
            call,
            () =>
            {
                ThrowIfLost();
                return inner();
            },
            cancellationToken);

    private void ThrowIfLost()
    {
        if (_whyLost is { } why)
            throw new LeaseLostException(_runId, why);
    }
}
