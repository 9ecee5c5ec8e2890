using System.Diagnostics;
using System.Text;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>A run in a file, held by its owner.</summary>
/// <remarks>No lock of its own: writes are queued by the <see cref="Writer"/>, each reading has its own connection, and each slot of the side file has one worker.</remarks>
[DebuggerDisplay("{_runId}, epoch {Epoch}, {StoredItems} items")]
internal sealed partial class SqliteCheckpointRun : ICheckpointRun
{
    private readonly string _runId;
    private readonly long _run;
    private readonly RunFile _file;
    private readonly Writer _writer;
    private readonly Readers _readers;
    private readonly TimeProvider _time;
    private readonly string _path;
    private readonly CancellationTokenSource _lost = new();
    private readonly LogGrowth _growth;
    private Action<string> _warn = static _ => { };
    private long _written;
    private volatile bool _isGivenUp;
    private volatile LeaseLostException? _lostBecause;

    public SqliteCheckpointRun(
        string runId, long run, OwnedMark opened, string? description, long storedItems, RunFile file, Writer writer, Readers readers, SqliteCheckpointOptions options, string path)
    {
        _runId = runId;
        _run = run;
        _file = file;
        _writer = writer;
        _readers = readers;
        _time = options.TimeProvider;
        _growth = new LogGrowth(options.LargeLog);
        _written = opened.Written;
        _path = path;
        Epoch = opened.Epoch;
        Description = description;
        StoredItems = storedItems;
    }

    public long Epoch { get; }

    public string? Description { get; }

    public long StoredItems { get; }

    public IReadOnlyList<StartMark> Interrupted => _file.Interrupted;

    public IReadOnlyList<StartMark> InterruptedAsPlanned => _file.InterruptedAsPlanned;

    /// <summary>A lock cannot be lost, but the file can be deleted: another file with its name has other owners.</summary>
    public CancellationToken Lost => _lost.Token;

    public bool IsOwned => !_isGivenUp && _lostBecause is null;

    /// <summary>A lock is either held or not: there is nothing to wait for.</summary>
    public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return IsOwned ? ValueTask.CompletedTask : ValueTask.FromException(_lostBecause ?? new LeaseLostException(_runId, "it was released"));
    }

    /// <summary>This store has no background work.</summary>
    public void ReportTroubleTo(Action<Exception?> report)
    {
    }

    public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_isGivenUp)
            throw new LeaseLostException(_runId, "it was released");
        if (_lostBecause is { } known)
            throw known;
        LeaseLostException? lost = !File.Exists(_path)
            ? new LeaseLostException(_runId, $"its file '{_path}' was deleted or moved away", new FileNotFoundException("The file of the checkpoints no longer exists.", _path))
            : await _writer.InTransactionAsync(database => Write(database, batch), cancellationToken).ConfigureAwait(false) is not { } written
            ? new LeaseLostException(_runId, "another process has opened or deleted it")
            : NoteWritten(written);
        if (lost is null)
            return;
        _lostBecause = lost;
        await _lost.CancelAsync().ConfigureAwait(false);
        throw lost;
    }

    public void ReportWarningsTo(Action<string> report) => _warn = report;

    public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default) =>
        new(_readers.AskAsync(database => RowReader.First(database[Statements.FindItem].Bind(1, _run).Bind(2, id), RowReader.Item), cancellationToken));

    public IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default) => ItemPages.ReadAsync(_readers, _run, cancellationToken);

    public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) =>
        new(_readers.AskAsync(database => RowReader.First(database[Statements.FindStep].Bind(1, item).Bind(2, stage), RowReader.Step), cancellationToken));

    public async ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) => await _readers
        .AskAsync(database => RowReader.All(database[Statements.Chunks].Bind(1, item).Bind(2, stage), RowReader.Chunk), cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) => await _readers
        .AskAsync(database => RowReader.All(database[Statements.Onces].Bind(1, item), RowReader.Once), cancellationToken).ConfigureAwait(false);

    public ValueTask MarkStartedAsync(int slot, int stage, string id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        if (Encoding.UTF8.GetByteCount(id) > StartMark.MaxIdBytes)
            throw new ArgumentException($"The id '{id}' has {Encoding.UTF8.GetByteCount(id)} bytes in UTF-8; at most {StartMark.MaxIdBytes} are allowed.", nameof(id));
        if (_isGivenUp)
            throw new LeaseLostException(_runId, "it was released");
        _file.Start(slot, new StartMark(Epoch, stage, id));
        return ValueTask.CompletedTask;
    }

    public void MarkEnded(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        try
        {
            if (!_isGivenUp)
                _file.End(slot);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Released meanwhile, or a disk error: in the worst case one crash is counted that was none.
        }
    }

    public ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default)
    {
        if (!_isGivenUp)
            _file.MarkPlannedEnd(isPlanned ? Epoch : 0);
        return ValueTask.CompletedTask;
    }

    public ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _file.Forget();
        return ValueTask.CompletedTask;
    }

    /// <summary>Does what a crash of the process would do. For tests.</summary>
    public void SimulateCrash() => _file.Dispose();

    public ValueTask DisposeAsync()
    {
        if (_isGivenUp)
            return ValueTask.CompletedTask;
        _isGivenUp = true;
        try
        {
            _file.Tidy();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The lock must be released even if the disk fails.
        }
        finally
        {
            _file.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Writes a batch. Returns the time of the write, or null if another owner has the run.</summary>
    private long? Write(Database database, CheckpointBatch batch)
    {
        // It never decreases, whatever the clock does: the side file is compared with it.
        _written = Math.Max(_time.GetUtcNow().UtcTicks, _written);
        database[Statements.TouchRun].Bind(1, _run).Bind(2, Epoch).Bind(3, _written).Bind(4, batch.Description).Execute();
        int changes = database.Changes;
        Broken("late-write-of-an-old-owner-of-a-file-counts", ref changes, 1);
        if (changes != 1)
            return null;
        RowWriter.Write(database, _run, batch);
        return _written;
    }

    /// <summary>Called after a batch was written. Records it in the side file, so that a database that loses the batch is detected, and checks the size of the log.</summary>
    private LeaseLostException? NoteWritten(long written)
    {
        try
        {
            // A record that survives a power failure must not describe data that may not survive it.
            if (_writer.IsDurable && !_isGivenUp)
                _file.NoteOwned(new OwnedMark(Epoch, written));
            var log = new FileInfo(_path + "-wal");
            if (log.Exists && _growth.Observe(log.Length))
            {
                _warn($"the log of SQLite, '{log.FullName}', has grown to {log.Length >> 20} MB: SQLite cannot fold it into the file while a reader keeps a transaction open. "
                    + "Look for a program that has the file open (sqlite3, a backup, a viewer), and end its transaction");
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Released meanwhile, or a disk error: the batch is written all the same.
        }

        return null;
    }

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
