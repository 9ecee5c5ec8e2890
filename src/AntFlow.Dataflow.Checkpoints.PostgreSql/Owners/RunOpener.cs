using System.Data;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Becomes the owner of a run: locks its row, and writes a new opening if the last one has ended.</summary>
internal sealed class RunOpener(Database database, string runId)
{
    private const string FindNumber = "SELECT number FROM runs WHERE run_id = $1";
    private const string AddRun = "INSERT INTO runs (run_id) VALUES ($1) ON CONFLICT (run_id) DO NOTHING";
    // The server waits: the write of a session that was just ended, or whose process has just ended, takes a moment to disappear.
    private const string WaitShortly = "SELECT set_config('lock_timeout', '250ms', true)";
    private const int Attempts = 40;
    // By its name as well: the server checks the condition again once it has the lock, and a run that is being deleted has another name by then.
    private const string LockRun = "SELECT FROM runs WHERE number = $1 AND run_id = $2 FOR UPDATE";
    private const string FindLast = $"SELECT {Opening.Columns} FROM runs r JOIN openings o ON o.epoch = r.epoch WHERE r.number = $1";

    // The opening is locked as well: its owner may still run and renew it meanwhile.
    private const string LockLast = $"{FindLast} FOR UPDATE OF o";
    private const string EndLast = "UPDATE openings SET ended_at = clock_timestamp() WHERE run = $1 AND ended_at IS NULL";

    private const string AddOpening = """
        WITH opening AS
        (
            INSERT INTO openings (run, host, pid, process_start, process_space, backend_pid, backend_start, lease_until)
            SELECT $1, $2, $3, $4, $5, pid, backend_start, clock_timestamp() + $6 FROM pg_stat_activity WHERE pid = pg_backend_pid()
            RETURNING epoch
        )
        UPDATE runs SET epoch = opening.epoch, written_at = clock_timestamp() FROM opening WHERE number = $1 RETURNING opening.epoch, description, written_at
        """;

    private const string CountItems = "SELECT count(*) FROM items WHERE run = $1";

    private const string FindMarks = """
        SELECT m.epoch, m.stage, m.id, o.planned_end_at IS NOT NULL FROM marks m LEFT JOIN openings o ON o.epoch = m.epoch
        WHERE m.run = $1 AND m.id IS NOT NULL ORDER BY m.epoch, m.slot
        """;

    private const string ForgetEnded = "DELETE FROM marks WHERE run = $1 AND id IS NULL";

    /// <summary>Opens the run.</summary>
    /// <exception cref="RunOwnedException">Another owner has the run.</exception>
    public async ValueTask<OpenedRun> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                int number = await FindOrAddAsync(connection, cancellationToken).ConfigureAwait(false);
                if (await OpenAsync(connection, number, cancellationToken).ConfigureAwait(false) is { } opened)
                    return opened;
            }
        }
        catch (PostgresException error) when (Causes.CanExplain(error))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw Causes.Explain(error, database.Server);
        }
        catch (Exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the run as soon as its row is free; null if it was deleted meanwhile.</summary>
    private async ValueTask<OpenedRun?> OpenAsync(NpgsqlConnection connection, int number, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Opening? old = await FindOldAsync(connection, number, cancellationToken).ConfigureAwait(false);
            if (old is not null)
                await OldSession.EndAsync(connection, old, cancellationToken).ConfigureAwait(false);
            try
            {
                return await TryOpenAsync(connection, number, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.LockNotAvailable)
            {
                if (attempt == Attempts)
                    throw await OldSession.ExplainAsync(connection, runId, old, error, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<int> FindOrAddAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            List<int> numbers = await connection.ReadAsync(FindNumber, row => row.GetInt32(0), cancellationToken, Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false);
            if (numbers.Count > 0)
                return numbers[0];
            await connection.CallAsync(AddRun, cancellationToken, Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false);
        }
    }

    private async ValueTask<Opening?> FindOldAsync(NpgsqlConnection connection, int number, CancellationToken cancellationToken)
    {
        Opening? last = (await connection.ReadAsync(FindLast, Opening.Read, cancellationToken, Commands.Of(number)).ConfigureAwait(false)).FirstOrDefault();
        ThrowIfOwned(last);
        return last;
    }

    private void ThrowIfOwned(Opening? last)
    {
        if (last is { IsFree: false })
            throw new RunOwnedException(runId, last.Describe());
    }

    /// <summary>Opens the run under the lock of its row; null if it was deleted meanwhile.</summary>
    private async ValueTask<OpenedRun?> TryOpenAsync(NpgsqlConnection connection, int number, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.CallAsync(WaitShortly, cancellationToken).ConfigureAwait(false);
            if ((await connection.ReadAsync(LockRun, _ => true, cancellationToken, Commands.Of(number), Commands.Of(StoredText.Escape(runId))).ConfigureAwait(false)).Count == 0)
                return null;
            ThrowIfOwned((await connection.ReadAsync(LockLast, Opening.Read, cancellationToken, Commands.Of(number)).ConfigureAwait(false)).FirstOrDefault());
            // Before the lease begins, because counting a large run takes time.
            long items = (await connection.ReadAsync(CountItems, row => row.GetInt64(0), cancellationToken, Commands.Of(number)).ConfigureAwait(false))[0];
            await connection.CallAsync(EndLast, cancellationToken, Commands.Of(number)).ConfigureAwait(false);

            // The lease begins before the request for it, so that it ends here before it ends on the server.
            long grantedAt = database.Options.TimeProvider.GetTimestamp();
            ProcessIdentity process = ProcessIdentity.Current;
            (long epoch, string? description, DateTime writtenAt) = (await connection.ReadAsync(
                AddOpening,
                row => ((long)row.GetInt32(0), row.IsDBNull(1) ? null : StoredText.Unescape(row.GetString(1)), row.GetDateTime(2)),
                cancellationToken,
                Commands.Of(number),
                Commands.Of(process.Host),
                Commands.Of(process.Pid),
                Commands.Of(process.Start),
                Commands.Of(process.Space),
                Commands.Of(database.Options.LeaseTime)).ConfigureAwait(false)).Single();
            await connection.CallAsync(ForgetEnded, cancellationToken, Commands.Of(number)).ConfigureAwait(false);
            List<(StartMark Mark, bool IsPlanned)> found = await connection.ReadAsync(
                FindMarks,
                row => (new StartMark(row.GetInt32(0), row.GetInt32(1), StoredText.Unescape(row.GetString(2))), row.GetBoolean(3)),
                cancellationToken,
                Commands.Of(number)).ConfigureAwait(false);
            ILookup<bool, StartMark> marks = found.ToLookup(mark => mark.IsPlanned, mark => mark.Mark);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return new OpenedRun(runId, number, epoch, grantedAt, connection) { WrittenAt = writtenAt, Description = description, StoredItems = items, Interrupted = [.. marks[false]], InterruptedAsPlanned = [.. marks[true]] };
        }
    }
}

/// <summary>A run that was just opened.</summary>
/// <param name="RunId">The id of the run.</param>
/// <param name="Number">Its number in the store.</param>
/// <param name="Epoch">The opening.</param>
/// <param name="GrantedAt">The timestamp at which the lease begins, by the clock.</param>
/// <param name="Connection">The session that opened the run and will write.</param>
internal sealed record OpenedRun(string RunId, int Number, long Epoch, long GrantedAt, NpgsqlConnection Connection)
{
    /// <summary>When the run was last written or opened, by the clock of the server: the next write has to find this value.</summary>
    public DateTime WrittenAt { get; init; }

    public string? Description { get; init; }

    public long StoredItems { get; init; }

    public IReadOnlyList<StartMark> Interrupted { get; init; } = [];

    public IReadOnlyList<StartMark> InterruptedAsPlanned { get; init; } = [];
}
