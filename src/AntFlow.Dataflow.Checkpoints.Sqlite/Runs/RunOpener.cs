using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Decides the ownership of runs: opens runs and deletes them.</summary>
/// <remarks>A run is owned by the process that holds the lock on its side file while its row exists. The side file is deleted after the row, and the number of a row, which is the file's name,
/// is never used again: a process that has locked a file that was deleted meanwhile finds no row, and starts over. There are never two owners.</remarks>
[DebuggerDisplay("{_path}")]
internal sealed class RunOpener(string path, byte[] storeId, Writer writer, Readers readers, SqliteCheckpointOptions options)
{
    private const int Attempts = 12;
    private static readonly string _owner = $"process {Environment.ProcessId} on {Environment.MachineName}";
    private readonly string _path = path;
    private readonly TimeProvider _time = options.TimeProvider;

    public string FileOf(long run) => $"{_path}-run-{run}";

    /// <summary>Finds a run by its name.</summary>
    public async Task<KnownRun?> FindAsync(string runId, CancellationToken cancellationToken) => await readers.AskAsync(
        database => RowReader.First<KnownRun?>(database[Statements.FindRun].Bind(1, runId), row => new KnownRun(row.Long(0), row.IsNull(1) ? null : row.Text(1))),
        cancellationToken).ConfigureAwait(false);

    public async Task<SqliteCheckpointRun> OpenAsync(string runId, CancellationToken cancellationToken)
    {
        while (true)
        {
            long run = await FindAsync(runId, cancellationToken).ConfigureAwait(false) is { } known
                ? known.Run
                : await writer.InTransactionAsync(database => FindOrAdd(database, runId), cancellationToken).ConfigureAwait(false);
            RunFile file = await LockAsync(runId, run, cancellationToken).ConfigureAwait(false);
            try
            {
                if (await writer.InDurableTransactionAsync(database => TryOwn(database, run, file), cancellationToken).ConfigureAwait(false) is { } opening)
                {
                    file.ThrowIfNotLocked();
                    file.NoteOwned(opening.Mark);
                    long items = await readers
                        .AskAsync(database => RowReader.First(database[Statements.CountItems].Bind(1, run), row => row.Long(0)), cancellationToken)
                        .ConfigureAwait(false);
                    return new SqliteCheckpointRun(runId, run, opening.Mark, opening.Description, items, file, writer, readers, options, _path);
                }

                // Deleted since it was found: the file belongs to no run.
                file.Dispose();
                TryDeleteFile(run);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }

    public async Task<bool> DeleteAsync(string runId, CancellationToken cancellationToken)
    {
        if (await FindAsync(runId, cancellationToken).ConfigureAwait(false) is not { } known)
        {
            // A crash may have left rows of this run or of another one.
            await DeleteWhatIsLeftAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }

        using RunFile file = await LockAsync(runId, known.Run, cancellationToken).ConfigureAwait(false);
        bool isDeleted = await writer.InTransactionAsync(
            database =>
            {
                database[Statements.DeleteRun].Bind(1, known.Run).Execute();
                return database.Changes > 0;
            },
            cancellationToken).ConfigureAwait(false);
        file.Dispose();
        TryDeleteFile(known.Run);
        await DeleteWhatIsLeftAsync(cancellationToken).ConfigureAwait(false);
        return isDeleted;
    }

    private long FindOrAdd(Database database, string runId)
    {
        if (RowReader.First<long?>(database[Statements.FindRun].Bind(1, runId), row => row.Long(0)) is { } known)
            return known;
        database[Statements.AddRun].Bind(1, runId).Bind(2, _time.GetUtcNow().UtcTicks).Execute();
        long added = RowReader.First(database[Statements.FindRun].Bind(1, runId), row => row.Long(0));

        // In the transaction: a database that has lost data is left unchanged.
        RunFile.ThrowIfKnown(FileOf(added), storeId);
        return added;
    }

    /// <summary>Begins an epoch; null if the run no longer exists.</summary>
    private Opening? TryOwn(Database database, long run, RunFile file)
    {
        if (RowReader.First<Opening?>(database[Statements.FindOpening].Bind(1, run), row => new Opening(new OwnedMark(row.Long(0), row.Long(2)), row.IsNull(1) ? null : row.Text(1))) is not { } last)
            return null;
        file.ThrowIfOlder(last.Mark);
        KeyRange keys = KeyRange.Of(last.Mark.Epoch);
        database[Statements.DropEmptyEpoch].Bind(1, last.Mark.Epoch).Bind(2, keys.First).Bind(3, keys.Last).Execute();
        long epoch = RowReader.First(database[Statements.AddEpoch].Bind(1, run), row => row.Long(0));
        var now = new OwnedMark(epoch, Math.Max(_time.GetUtcNow().UtcTicks, last.Mark.Written));
        database[Statements.OwnRun].Bind(1, run).Bind(2, epoch).Bind(3, _owner).Bind(4, now.Written).Execute();
        return last with { Mark = now };
    }

    /// <summary>Locks the side file of a run. Tries for a moment: listing the runs takes the lock to see whether it is held, and a new owner has yet to write its name.</summary>
    private async Task<RunFile> LockAsync(string runId, long run, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RunFile? file = RunFile.TryLock(FileOf(run), storeId);
            if (file is not null)
                return file;

            // In real time: other processes do not follow a stepped clock.
            await Task.Delay(TimeSpan.FromMilliseconds(attempt), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        KnownRun? owned = await FindAsync(runId, cancellationToken).ConfigureAwait(false);
        throw new RunOwnedException(runId, owned?.Owner ?? "another process, which has just opened it");
    }

    private void TryDeleteFile(long run)
    {
        try
        {
            File.Delete(FileOf(run));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process has it open; it will find that the run was deleted, and delete the file.
        }
    }

    private async Task DeleteWhatIsLeftAsync(CancellationToken cancellationToken)
    {
        List<long> epochs = await readers.AskAsync(database => RowReader.All(database[Statements.LeftEpochs], row => row.Long(0)), cancellationToken).ConfigureAwait(false);
        foreach (long epoch in epochs)
        {
            while (!await writer.InTransactionAsync(database => TryFinish(database, epoch), cancellationToken).ConfigureAwait(false))
            {
            }
        }
    }

    /// <summary>Deletes a slice of an epoch.</summary>
    /// <returns>Whether it was the last one.</returns>
    private static bool TryFinish(Database database, long epoch)
    {
        KeyRange keys = KeyRange.Of(epoch);
        foreach ((string last, string delete, int rows) in Statements.Slices)
        {
            long? end = RowReader.First<long?>(database[last].Bind(1, keys.First).Bind(2, keys.Last).Bind(3, rows), row => row.Long(0));
            database[delete].Bind(1, keys.First).Bind(2, end ?? keys.Last).Execute();
            if (end is not null)
                return false;
        }

        database[Statements.DropEpoch].Bind(1, epoch).Execute();
        return true;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Opening(OwnedMark Mark, string? Description);
}

/// <summary>A run as it is found by its name.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KnownRun(long Run, string? Owner);
