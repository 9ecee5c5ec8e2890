using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Where connections come from. All see the tables through their search path.</summary>
/// <remarks>There are two kinds. The session of an owner holds an advisory lock, which lives as long as the session: it is never pooled, so that closing it ends it.
/// All else goes over the pool.</remarks>
internal sealed class Database : IAsyncDisposable
{
    // Whatever the default of the server or the role is: what was written must be on the disk. Above 'on' there are settings for replicas, which are left alone.
    private const string MakeSessionDurable = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
    private const string MakeTransactionDurable = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlDataSource _sessions;

    public Database(string connectionString, PostgreSqlCheckpointOptions options)
    {
        Options = options;
        NpgsqlConnectionStringBuilder settings = Parse(connectionString);
        settings.SearchPath = $"\"{options.Schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        settings.Enlist = false;
        settings.Multiplexing = false;
        Server = $"{settings.Host}:{settings.Port}";
        settings.ApplicationName ??= "AntFlow.Dataflow";
        if (settings.MaxAutoPrepare == 0)
            (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (32, 2);
        _pool = NpgsqlDataSource.Create(settings);
        settings.Pooling = false;
        _sessions = NpgsqlDataSource.Create(settings);
    }

    public PostgreSqlCheckpointOptions Options { get; }

    /// <summary>Where the server is, for errors.</summary>
    public string Server { get; }

    /// <summary>The first half of the keys of advisory locks: the oid of the schema, which nothing else in the database has. Set once the schema is there.</summary>
    public int LockSpace { get; set; }

    /// <summary>A connection of the pool.</summary>
    public ValueTask<NpgsqlConnection> BorrowAsync(CancellationToken cancellationToken) => _pool.OpenConnectionAsync(cancellationToken);

    /// <summary>A session of one's own; what it commits is durable unless it says otherwise.</summary>
    public async ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _sessions.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.CallAsync(MakeSessionDurable, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Does something over the pool. Connections that lie there may have died with the server: then all of them are thrown away, and it is done once more.</summary>
    public async ValueTask<T> AskAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await AskOnceAsync(ask, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error) when (IsBroken(error) && !cancellationToken.IsCancellationRequested)
        {
            _pool.Clear();
            return await AskOnceAsync(ask, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Changes something over the pool, durably.</summary>
    /// <returns>How many rows were changed.</returns>
    public ValueTask<int> ChangeAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        AskAsync(
            async (connection, token) =>
            {
                using NpgsqlBatch batch = connection.CreateBatch();
                batch.Add(MakeTransactionDurable);
                NpgsqlBatchCommand change = batch.Add(sql, [.. parameters.Select(parameter => parameter.Clone())]);
                await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
                return change.RecordsAffected;
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync().ConfigureAwait(false);
        await _sessions.DisposeAsync().ConfigureAwait(false);
    }

    // What the server refuses and what the network breaks: 57P01 to 57P03 say that the server goes down, or comes up.
    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text itself is not repeated: it may hold a password.
            throw new ArgumentException(
                $"The connection string cannot be read: {error.Message.TrimEnd('.')}. It must be pairs such as 'Host=localhost;Database=jobs;Username=antflow'.", nameof(connectionString), error);
        }
    }

    private static bool IsBroken(NpgsqlException error) =>
        error is not PostgresException refused || refused.SqlState.StartsWith("57P0", StringComparison.Ordinal);

    private async ValueTask<T> AskOnceAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await BorrowAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await ask(connection, cancellationToken).ConfigureAwait(false);
    }
}
