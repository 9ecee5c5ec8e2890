using System.Diagnostics;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>A run in a <see cref="PostgreSqlCheckpointStore"/>, held by its owner.</summary>
[DebuggerDisplay("{_run.RunId}, epoch {Epoch}")]
internal sealed class PostgreSqlCheckpointRun : ICheckpointRun
{
    private const string Forget = "DELETE FROM marks WHERE run = $1 AND epoch < $2 AND EXISTS (SELECT FROM runs WHERE number = $1 AND epoch = $2)";

    private const string MarkEnd = "UPDATE openings SET planned_end_at = CASE WHEN $2 THEN clock_timestamp() END WHERE epoch = $1 AND ended_at IS NULL";

    private readonly Database _database;
    private readonly OpenedRun _run;
    private readonly Lease _lease;
    private readonly OwnerSession _session;
    private readonly MarkLoop _marks;
    private readonly Troubles _troubles = new();
    private int _isOver;

    public PostgreSqlCheckpointRun(Database database, OpenedRun run)
    {
        _database = database;
        _run = run;
        _lease = new Lease(run.RunId, database.Options.LeaseTime, database.Options.TimeProvider, run.GrantedAt, token => _session!.RenewAsync(token), error => _troubles.Report("lease", error));
        _session = new OwnerSession(database, run, _lease);
        _marks = new MarkLoop(database, run, _lease, error => _troubles.Report("marks", error));
    }

    public long Epoch => _run.Epoch;

    public string? Description => _run.Description;

    public long StoredItems => _run.StoredItems;

    public IReadOnlyList<StartMark> Interrupted => _run.Interrupted;

    public IReadOnlyList<StartMark> InterruptedAsPlanned => _run.InterruptedAsPlanned;

    public CancellationToken Lost => _lease.Lost;

    public bool IsOwned => _lease.IsValid;

    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default) => _lease.WaitUntilValidAsync(cancellationToken);

    public void ReportTroubleTo(Action<Exception?> report) => _troubles.Subscribe(report);

    public ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default) => _session.WriteAsync(batch, cancellationToken);

    public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default) =>
        RunRows.FindItemAsync(_database, _run.Number, id, cancellationToken);

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default) => RunRows.ReadItemsAsync(_database, _run.Number, cancellationToken);

    public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) =>
        RunRows.FindStepAsync(_database, _run.Number, item, stage, cancellationToken);

    public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) =>
        RunRows.ReadChunksAsync(_database, _run.Number, item, stage, cancellationToken);

    public ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) =>
        RunRows.ReadOncesAsync(_database, _run.Number, item, cancellationToken);

    public ValueTask MarkStartedAsync(int slot, int stage, string id) => new(_marks.StartAsync(slot, stage, id));

    public void MarkEnded(int slot) => _marks.End(slot);

    // One statement, over the pool: the session of the owner may be in the middle of a long write.
    public async ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _isOver) == 0)
            await _database.AskAsync((connection, token) => connection.CallAsync(MarkEnd, token, Commands.Of((int)Epoch), Commands.Of(isPlanned)), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default) =>
        await _database.ChangeAsync(Forget, cancellationToken, Commands.Of(_run.Number), Commands.Of((int)Epoch)).ConfigureAwait(false);

    /// <summary>Does what the end of the process would do, except that the lease is kept. For tests.</summary>
    public async ValueTask SimulateCrashAsync()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
            return;
        await _marks.DrainAsync().ConfigureAwait(false);
        await _marks.DisposeAsync().ConfigureAwait(false);
        await _lease.DisposeAsync().ConfigureAwait(false);
        await _session.SimulateCrashAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
            return;
        await _marks.DisposeAsync().ConfigureAwait(false);
        await _lease.DisposeAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
    }
}
