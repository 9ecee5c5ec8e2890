using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Keeps runs in a SQLite file, so that a run resumes where its process ended. The file must be on a local disk.</summary>
/// <remarks>
/// <para>SQLite keeps its own files next to the file (<c>-wal</c>, <c>-shm</c>), and the store keeps one for each run (<c>-run-1</c>): the run's owner locks it and records in it what is
/// running. You can back up the file with a plain copy while no process has it open; otherwise use <c>VACUUM INTO</c>.</para>
/// <para>Any number of processes may have the file open. Each run has one owner among them. All members may be called from any thread.</para>
/// </remarks>
[DebuggerDisplay("{_path}")]
public sealed class SqliteCheckpointStore : ICheckpointStore
{
    private const int CannotOpen = 14;
    private static readonly Lock _making = new();

    private readonly string _path;
    private readonly Writer _writer;
    private readonly Readers _readers;
    private readonly RunOpener _opener;

    private SqliteCheckpointStore(string path, SqliteCheckpointOptions options, Database database, byte[] storeId)
    {
        _path = path;
        _writer = new Writer(database, options);
        _readers = new Readers(path, options.BusyTimeout);
        _opener = new RunOpener(path, storeId, _writer, _readers, options);
    }

    /// <summary>The connection that writes. For tests.</summary>
    internal Writer Writer => _writer;

    /// <summary>Opens a file, and creates it if it does not exist.</summary>
    /// <param name="path">The file, such as <c>nightly.db</c>.</param>
    /// <param name="options">The options of the store. Default: everything survives a power failure.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The store.</returns>
    /// <exception cref="ArgumentException">The path is empty, or is not the path of a file: <c>:memory:</c>, a URI or a connection string.</exception>
    /// <exception cref="PipelineConfigurationException">Options are out of range; the message lists all of them.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, was written by a newer version, or is something else; or it is empty although its side files show that it had content.</exception>
    /// <exception cref="IOException">The file has two names (hard links, or a mount of the file alone), or too many files are open.</exception>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public static async Task<SqliteCheckpointStore> OpenAsync(string path, SqliteCheckpointOptions? options = null, CancellationToken cancellationToken = default)
    {
        string full = StorePath.Resolve(path);
        SqliteCheckpointOptions settings = (options ?? new SqliteCheckpointOptions()).Checked();
        long began = settings.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                return await Task.Run(() => Open(full, settings), cancellationToken).ConfigureAwait(false);
            }
            catch (SqliteException busy) when (Schema.IsBusy(busy) && settings.TimeProvider.GetElapsedTime(began) < settings.BusyTimeout)
            {
                // When two processes create the same file at the same moment, SQLite refuses one of them at once, whatever its timeout is.
                await Task.Delay(TimeSpan.FromMilliseconds(5), settings.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public string Location => _path;

    /// <inheritdoc/>
    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        StoredRun.ThrowIfUnfit(runId);
        return await _opener.OpenAsync(runId, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredRun> ReadRunsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<(long Run, StoredRun Row)> runs = await _readers.AskAsync(RunRows.Read, cancellationToken).ConfigureAwait(false);
        foreach ((long run, StoredRun row) in runs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return WithOwner(run, row);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) =>
        await _readers.AskAsync(database => RunRows.Find(database, runId), cancellationToken).ConfigureAwait(false) is { } found ? WithOwner(found.Run, found.Row) : null;

    /// <inheritdoc/>
    public async ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) =>
        await _opener.FindAsync(runId, cancellationToken).ConfigureAwait(false) is { } known
            ? await _readers.AskAsync(database => RowReader.First(database[Statements.FindItem].Bind(1, known.Run).Bind(2, id), RowReader.Item), cancellationToken).ConfigureAwait(false)
            : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (await _opener.FindAsync(runId, cancellationToken).ConfigureAwait(false) is not { } known)
            yield break;
        await foreach (StoredItem item in ItemPages.ReadAsync(_readers, known.Run, cancellationToken).ConfigureAwait(false))
            yield return item;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (await _opener.FindAsync(runId, cancellationToken).ConfigureAwait(false) is not { } known)
            yield break;
        List<StoredStep> steps = await _readers
            .AskAsync(database => RowReader.All(database[Statements.StepsOf].Bind(1, known.Run).Bind(2, id), RowReader.Step), cancellationToken)
            .ConfigureAwait(false);
        foreach (StoredStep step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return step;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => new(_opener.DeleteAsync(runId, cancellationToken));

    /// <summary>Closes the file. Dispose the runs first: a run that is still open can no longer read or write, and stays locked until it is disposed.</summary>
    /// <returns>A task that completes when the file is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _readers.Dispose();
        await _writer.CloseAsync().ConfigureAwait(false);
    }

    private StoredRun WithOwner(long run, StoredRun row) =>
        RunFile.IsLocked(_opener.FileOf(run), out string? unknown) == false ? row with { Owner = null } : row with { OwnerUnknown = unknown };

    private static Database OpenFile(string path, SqliteCheckpointOptions options)
    {
        try
        {
            // No other thread may open a file that this thread has just created and not yet closed: closing it would release the locks of the other thread.
            lock (_making)
            {
                PrivateFile.MakeIfMissing(path);
                return Database.Open(path, options.BusyTimeout, create: true);
            }
        }
        catch (SqliteException error) when (error.SqliteErrorCode == CannotOpen)
        {
            throw FileTrouble.OfDatabase(path, error);
        }
    }

    private static SqliteCheckpointStore Open(string path, SqliteCheckpointOptions options)
    {
        StorePath.ThrowIfTwoNames(path);
        Database database = OpenFile(path, options);
        try
        {
            Schema.Prepare(database, path);
            database.Execute(options.Durability == SqliteDurability.Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");

            // SQLite folds the log into the file every 16 MB, and shrinks the log again after a burst has made it larger.
            database.Execute("PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;");
            byte[] storeId = RowReader.First(database[Statements.StoreId], row => row.Blob(0).ToArray()) is { Length: > 0 } id
                ? id
                : throw new InvalidDataException($"The checkpoints in '{path}' are damaged: the store has no id.");
            database.SetBusyTimeout(TimeSpan.Zero);
            return new SqliteCheckpointStore(path, options, database, storeId);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
