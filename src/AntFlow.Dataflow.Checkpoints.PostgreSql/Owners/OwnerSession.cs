using System.Data;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>The write session of an owner. After a failure, the next use opens a new session, if this owner still has the run.</summary>
/// <remarks>
/// <para>A session that broke here may still exist on the server, with a pending write that is older than the writes of the new session. Each write therefore states in which version it
/// found the run (<c>written_at</c>, which every write changes), and a late write finds nothing to update.</para>
/// <para>The session has one user at a time: the holder of <see cref="_turn"/>.</para>
/// </remarks>
internal sealed class OwnerSession : IAsyncDisposable
{
    private const string FindMine = $"SELECT {Opening.Columns} FROM runs r JOIN openings o ON o.epoch = r.epoch WHERE r.number = $1 AND r.epoch = $2";

    // The server waits for a session that was just ended.
    private const string WaitShortly = "SELECT set_config('lock_timeout', '5s', true)";
    private const string Touch = "UPDATE runs SET written_at = greatest(clock_timestamp(), written_at + interval '1 microsecond') WHERE number = $1 AND epoch = $2 RETURNING written_at";

    private const string Rejoin = """
        UPDATE openings SET backend_pid = s.pid, backend_start = s.backend_start, lease_until = greatest(lease_until, clock_timestamp() + $2)
        FROM pg_stat_activity s WHERE s.pid = pg_backend_pid() AND epoch = $1 AND ended_at IS NULL
        """;

    private const string Renew = "UPDATE openings SET lease_until = greatest(lease_until, clock_timestamp() + $2) WHERE epoch = $1 AND ended_at IS NULL";
    private const string ForgetMarks = "DELETE FROM marks WHERE run = $1 AND epoch = $2";
    private const string EndOpening = "UPDATE openings SET ended_at = clock_timestamp(), lease_until = least(lease_until, clock_timestamp()) WHERE epoch = $1 AND ended_at IS NULL";

    private readonly Database _database;
    private readonly OpenedRun _run;
    private readonly Lease _lease;
    private readonly SemaphoreSlim _turn = new(1);
    private NpgsqlConnection? _connection;
    private DateTime _writtenAt;
    private bool _isSure = true;
    private bool _isOver;

    public OwnerSession(Database database, OpenedRun run, Lease lease)
    {
        _database = database;
        _run = run;
        _lease = lease;
        _connection = run.Connection;
        _writtenAt = run.WrittenAt;
    }

    /// <summary>Writes a batch.</summary>
    /// <exception cref="LeaseLostException">Another owner has the run; nothing was written.</exception>
    public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isOver)
                throw _lease.ToException();
            // Once the lease has ended, the owner of the run is checked first, and the write follows.
            if (!_lease.IsValid)
                _isSure = false;
            NpgsqlConnection connection = await GetAsync(cancellationToken).ConfigureAwait(false);
            _isSure = false;
            DateTime? writtenAt = await BatchWriting.WriteAsync(connection, _run.Number, _run.Epoch, _writtenAt, batch, cancellationToken).ConfigureAwait(false);
            if (writtenAt is null)
            {
                await ThrowIfLostAsync(connection, cancellationToken).ConfigureAwait(false);
                throw new NpgsqlException($"The row of run '{_run.RunId}' was changed by something other than its owner.");
            }

            (_writtenAt, _isSure) = (writtenAt.Value, true);
        }
        catch (NpgsqlException error) when (HasBroken && MayBeLost(error))
        {
            // A process that takes over a run ends the session of the old owner first: an apparent server error may be that.
            await AskAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
        catch (PostgresException error) when (Causes.CanExplain(error))
        {
            throw Causes.Explain(error, _database.Server);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Renews the lease, over the session if it is free, otherwise over the pool: a write that hangs must not delay the renewal.</summary>
    /// <returns>Null, or why this owner no longer has the run.</returns>
    public async ValueTask<string?> RenewAsync(CancellationToken cancellationToken)
    {
        if (!await _turn.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
            return await _database.AskAsync(RenewAsync, cancellationToken).ConfigureAwait(false);
        try
        {
            return _isOver ? "it was released" : await RenewAsync(await GetAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException) when (HasBroken && !cancellationToken.IsCancellationRequested)
        {
            // The session may have been broken for long, or a process that takes over the run has just ended it.
            return await RenewAsync(await GetAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the session as the end of its process would.</summary>
    public async ValueTask SimulateCrashAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            _isOver = true;
            await CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Releases the run. If the server cannot be reached, the run becomes free at the end of the lease.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isOver)
                return;
            _isOver = true;
            await GiveUpAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or LeaseLostException or InvalidOperationException)
        {
            // Nothing more can be done about it.
        }
        finally
        {
            await CloseAsync().ConfigureAwait(false);
            _turn.Release();
        }
    }

    private bool HasBroken => _connection is not { FullState: ConnectionState.Open };

    private bool MayBeLost(NpgsqlException error) => error.SqlState is PostgresErrorCodes.AdminShutdown || !_lease.IsValid;

    private async ValueTask GiveUpAsync()
    {
        if (HasBroken)
            await CloseAsync().ConfigureAwait(false);
        NpgsqlConnection connection = _connection ??= await _database.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        using NpgsqlBatch batch = connection.CreateBatch();
        batch.Add(ForgetMarks, Commands.Of(_run.Number), Commands.Of((int)_run.Epoch));
        batch.Add(EndOpening, Commands.Of((int)_run.Epoch));
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private async ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await GetAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            // The reason cannot be determined now.
        }
    }

    private async ValueTask<NpgsqlConnection> GetAsync(CancellationToken cancellationToken)
    {
        if (!HasBroken && _isSure)
            return _connection!;
        _isSure = false;
        if (HasBroken)
            await CloseAsync().ConfigureAwait(false);
        _connection ??= await _database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await RejoinAsync(_connection, cancellationToken).ConfigureAwait(false);
        _isSure = true;
        return _connection;
    }

    /// <summary>Checks the owner of the run. If it is still this one, renews the lease, records the new write session in the row of the opening, and invalidates pending writes of older sessions.</summary>
    private async ValueTask RejoinAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Opening mine = await FindMineAsync(connection, cancellationToken).ConfigureAwait(false);
        await OldSession.EndAsync(connection, mine, cancellationToken).ConfigureAwait(false);
        long askedAt = _database.Options.TimeProvider.GetTimestamp();
        DateTime? writtenAt;
        int joined;
        using NpgsqlBatch batch = connection.CreateBatch();
        batch.Add(WaitShortly);
        batch.Add(Touch, Commands.Of(_run.Number), Commands.Of((int)_run.Epoch));
        NpgsqlBatchCommand rejoin = batch.Add(Rejoin, Commands.Of((int)_run.Epoch), Commands.Of(_database.Options.LeaseTime));
        try
        {
            writtenAt = await BatchWriting.ReadWrittenAtAsync(batch, at: 1, cancellationToken).ConfigureAwait(false);
            joined = rejoin.RecordsAffected;
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            throw await OldSession.ExplainAsync(connection, _run.RunId, mine, error, cancellationToken).ConfigureAwait(false);
        }

        if (writtenAt is null || joined == 0)
        {
            await ThrowIfLostAsync(connection, cancellationToken).ConfigureAwait(false);
            throw new NpgsqlException($"The rows of run '{_run.RunId}' were changed by something other than its owner.");
        }

        _writtenAt = writtenAt.Value;
        _lease.OnRenewed(askedAt);
    }

    private async ValueTask<string?> RenewAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.CallAsync(Renew, cancellationToken, Commands.Of((int)_run.Epoch), Commands.Of(_database.Options.LeaseTime)).ConfigureAwait(false) == 1
            ? null
            : await FindWhyLostAsync(connection, cancellationToken).ConfigureAwait(false);

    private async ValueTask<Opening> FindMineAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Opening? mine = (await connection.ReadAsync(FindMine, Opening.Read, cancellationToken, Commands.Of(_run.Number), Commands.Of((int)_run.Epoch)).ConfigureAwait(false)).FirstOrDefault();
        return mine is { IsEnded: false } ? mine : throw _lease.Lose(await FindWhyLostAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask ThrowIfLostAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => await FindMineAsync(connection, cancellationToken).ConfigureAwait(false);

    private ValueTask<string> FindWhyLostAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        WhyLost.FindAsync(connection, _run.Number, _run.Epoch, _database.Options.LeaseTime, cancellationToken);
}
