using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Asks the database, and says what went wrong. All connections see the tables through their search path.</summary>
/// <remarks>An owner has two connections that it keeps, one to write and one for what is running. All else is short.</remarks>
internal sealed class Database : IAsyncDisposable
{
    // Whatever the default of the server or the role is: what was written must be on the disk. Above 'on' there are settings for replicas, which are left alone.
    private const string MakeTransactionDurable = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

    // The session of a host that went away without a word ends after a minute, not after the two hours of the operating system. 0 is a session that is not TCP.
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

    /// <summary>Where the server is, for errors.</summary>
    public string Server => _source.Server;

    /// <summary>A connection of the pool.</summary>
    public ValueTask<NpgsqlConnection> BorrowAsync(CancellationToken cancellationToken) => ExplainAsync(_source.BorrowAsync(cancellationToken));

    /// <summary>A session to keep; what it commits is durable unless it says otherwise.</summary>
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

    /// <summary>Does something over the pool. Connections that lie there may have ended with the server: then it is done once more, with another one.</summary>
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

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static string SearchPathOf(PostgreSqlCheckpointOptions options) => $"\"{options.Schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // What the server refuses and what the network breaks: 57P01 to 57P03 say that the server goes down, or comes up. A login that was explained was no broken connection.
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
