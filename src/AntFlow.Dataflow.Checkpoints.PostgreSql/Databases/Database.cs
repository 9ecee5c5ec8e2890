using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Runs queries and explains errors. All connections find the tables through their search path.</summary>
/// <remarks>An owner keeps two connections: one for writes, and one for the start marks. All other uses are short.</remarks>
internal sealed class Database : IAsyncDisposable
{
    // Whatever the default of the server or the role is: written data must be on the disk. Settings above 'on' are for replicas and are left unchanged.
    private const string MakeTransactionDurable = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

    // The session of a host that disappears without closing it ends after a minute, not after the two hours of the operating system. 0 means a session that does not use TCP.
    private const string PrepareSession = """
        SELECT set_config(name, setting, false)
        FROM (VALUES ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')) AS s (name, setting)
        WHERE current_setting(name)::integer > setting::integer
        UNION ALL
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
        """;

    private readonly IConnectionSource _source;

    public Database(string connectionString, PostgreSqlCheckpointOptions options)
    {
        Options = options;
        _source = new OwnSource(connectionString, SearchPathOf(options));
    }

    public Database(NpgsqlDataSource dataSource, PostgreSqlCheckpointOptions options)
    {
        Options = options;
        _source = new GivenSource(dataSource, SearchPathOf(options));
    }

    public PostgreSqlCheckpointOptions Options { get; }

    /// <summary>The address of the server, for errors.</summary>
    public string Server => _source.Server;

    /// <summary>Takes a connection from the pool.</summary>
    public ValueTask<NpgsqlConnection> BorrowAsync(CancellationToken cancellationToken) => ExplainAsync(_source.BorrowAsync(cancellationToken));

    /// <summary>Opens a session to keep; its commits are durable unless it requests otherwise.</summary>
    public async ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await ExplainAsync(_source.ConnectAsync(cancellationToken)).ConfigureAwait(false);
        try
        {
            await connection.CallAsync(PrepareSession, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a query over the pool. Idle connections may have ended with the server: then the query is repeated once, with another connection.</summary>
    public async ValueTask<T> AskAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await AskOnceAsync(ask, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException error) when (IsBroken(error) && !cancellationToken.IsCancellationRequested)
            {
                _source.OnBroken();
                return await AskOnceAsync(ask, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException error) when (Causes.CanExplain(error))
        {
            throw Causes.Explain(error, Server);
        }
    }

    /// <summary>Runs a durable change over the pool.</summary>
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

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static string SearchPathOf(PostgreSqlCheckpointOptions options) => $"\"{options.Schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // Distinguishes refusals of the server from broken connections: 57P01 to 57P03 mean that the server is shutting down or starting. An explained login error is no broken connection.
    private static bool IsBroken(NpgsqlException error) =>
        error is not PostgresException refused ? error.InnerException is not PostgresException : refused.SqlState.StartsWith("57P0", StringComparison.Ordinal);

    private async ValueTask<NpgsqlConnection> ExplainAsync(ValueTask<NpgsqlConnection> opening)
    {
        try
        {
            return await opening.ConfigureAwait(false);
        }
        catch (Exception error) when (Causes.CanExplainLogin(error))
        {
            throw Causes.ExplainLogin(error, Server);
        }
    }

    private async ValueTask<T> AskOnceAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await BorrowAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await ask(connection, cancellationToken).ConfigureAwait(false);
    }
}
