using System.Data;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>The session of an owner: holds the lock of the run, and writes. Where it broke, the next use makes a new one, if the run is still his.</summary>
/// <remarks>One at a time uses the session: whoever holds <see cref="_turn"/>.</remarks>
internal sealed class OwnerSession : IAsyncDisposable
{
    private const string FindMine = $"SELECT {Opening.Columns} FROM runs r JOIN openings o ON o.epoch = r.epoch WHERE r.number = $1 AND r.epoch = $2";

    private const string Rejoin = """
        UPDATE openings SET backend_pid = s.pid, backend_start = s.backend_start, lease_until = greatest(lease_until, clock_timestamp() + $2)
        FROM pg_stat_activity s WHERE s.pid = pg_backend_pid() AND epoch = $1 AND ended_at IS NULL
        """;

    private const string ForgetMarks = "DELETE FROM marks WHERE run = $1 AND epoch = $2";
    private const string EndOpening = "UPDATE openings SET ended_at = clock_timestamp(), lease_until = least(lease_until, clock_timestamp()) WHERE epoch = $1 AND ended_at IS NULL";

    private readonly Database _database;
    private readonly OpenedRun _run;
    private readonly Lease _lease;
    private readonly SemaphoreSlim _turn = new(1);
    private NpgsqlConnection? _connection;
    private bool _isOver;

    public OwnerSession(Database database, OpenedRun run, Lease lease)
    {
        _database = database;
        _run = run;
        _lease = lease;
        _connection = run.Connection;
    }

    /// <summary>Writes a batch.</summary>
    /// <exception cref="LeaseLostException">The run is another's; nothing was written.</exception>
    public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isOver)
                throw _lease.ToException();
            NpgsqlConnection connection = await GetAsync(cancellationToken).ConfigureAwait(false);
            if (!await BatchWriting.WriteAsync(connection, _run.Number, _run.Epoch, batch, cancellationToken).ConfigureAwait(false))
                throw Lose();
        }
        catch (NpgsqlException error) when (HasBroken && MayBeLost(error))
        {
            // Whoever takes a run over ends its session first: what looks like trouble of the server is his doing.
            await ThrowIfLostAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the session as the death of its process would.</summary>
    public async ValueTask AbandonAsync()
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

    /// <summary>Gives the run up. A server that cannot be reached finds out by the end of the lease.</summary>
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
            // There is nothing left to be done about it.
        }
        finally
        {
            await CloseAsync().ConfigureAwait(false);
            _turn.Release();
        }
    }

    private bool HasBroken => _connection is not { FullState: ConnectionState.Open };

    private bool MayBeLost(NpgsqlException error) => error.SqlState is PostgresErrorCodes.AdminShutdown || !_lease.HoldsFor(TimeSpan.Zero);

    private LeaseLostException Lose() => _lease.Lose("somebody else has taken it over, or deleted it");

    private async ValueTask GiveUpAsync()
    {
        if (HasBroken)
            await CloseAsync().ConfigureAwait(false);
        NpgsqlConnection connection = _connection ??= await _database.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        using NpgsqlBatch batch = connection.CreateBatch();
        batch.Add(ForgetMarks, Commands.Of(_run.Number), Commands.Of((int)_run.Epoch));
        batch.Add(EndOpening, Commands.Of((int)_run.Epoch));
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
        await RunLock.GiveAsync(connection, _database.LockSpace, _run.Number, CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask ThrowIfLostAsync(CancellationToken cancellationToken)
    {
        try
        {
            await GetAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            // It cannot be known now.
        }
    }

    private async ValueTask<NpgsqlConnection> GetAsync(CancellationToken cancellationToken)
    {
        if (!HasBroken)
            return _connection!;
        await CloseAsync().ConfigureAwait(false);
        NpgsqlConnection connection = await _database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await RejoinAsync(connection, cancellationToken).ConfigureAwait(false);
            return _connection = connection;
        }
        catch (Exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the lock again, from the broken session if the server still keeps that one, and tells the row of the opening who holds it now.</summary>
    private async ValueTask RejoinAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string? holder = await RunLock.TakeAsync(
            connection, _database.LockSpace, _run.Number, async () => await FindMineAsync(connection, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        if (holder is not null)
            throw new NpgsqlException($"The lock of run '{_run.RunId}' is held by {holder}.");
        long askedAt = _database.Options.TimeProvider.GetTimestamp();
        // An owner who has lost it to the clock may save what is done already, while nobody has taken the run over; but he does not keep it.
        TimeSpan length = _lease.Lost.IsCancellationRequested ? TimeSpan.Zero : _database.Options.LeaseTime;
        if (await connection.CallAsync(Rejoin, cancellationToken, Commands.Of((int)_run.Epoch), Commands.Of(length)).ConfigureAwait(false) == 0)
            throw Lose();
        _lease.OnRenewed(askedAt);
    }

    private async ValueTask<Opening> FindMineAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Opening? mine = (await connection.ReadAsync(FindMine, Opening.Read, cancellationToken, Commands.Of(_run.Number), Commands.Of((int)_run.Epoch)).ConfigureAwait(false)).FirstOrDefault();
        return mine is { IsEnded: false } ? mine : throw Lose();
    }
}
