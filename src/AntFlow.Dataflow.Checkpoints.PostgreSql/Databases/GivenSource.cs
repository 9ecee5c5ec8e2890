using System.Data;
using System.Transactions;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Connections of a data source that belongs to the user, with its passwords and its pool. Settings made on a connection are undone by the reset when it returns to the pool.</summary>
internal sealed class GivenSource : IConnectionSource
{
    private const string SetSearchPath = "SELECT set_config('search_path', $1, false)";

    private readonly NpgsqlDataSource _dataSource;
    private readonly string _searchPath;
    private readonly int _most;

    public GivenSource(NpgsqlDataSource dataSource, string searchPath)
    {
        var settings = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        if (settings.Multiplexing)
            throw new ArgumentException("The data source has Multiplexing; the store needs a session of its own for each connection. Use a data source without Multiplexing.", nameof(dataSource));
        if (settings.NoResetOnClose)
        {
            throw new ArgumentException(
                "The data source has No Reset On Close; its connections would keep the search path of the checkpoints when they return to the pool. Use a data source without No Reset On Close.",
                nameof(dataSource));
        }

        _dataSource = dataSource;
        _searchPath = searchPath;
        _most = settings.Pooling ? settings.MaxPoolSize : 0;
        Server = ConnectionSources.ServerOf(settings);
    }

    public string Server { get; }

    public async ValueTask<NpgsqlConnection> BorrowAsync(CancellationToken cancellationToken)
    {
        for (int broken = 0; ; broken++)
        {
            NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await connection.CallAsync(SetSearchPath, cancellationToken, Commands.Of(_searchPath)).ConfigureAwait(false);
                return connection;
            }
            catch (Exception error)
            {
                bool hasBroken = connection.FullState != ConnectionState.Open;
                await connection.DisposeAsync().ConfigureAwait(false);
                // The store must not clear the user's pool: the idle connections from before the server went down are tried one after another.
                if (error is not NpgsqlException || !hasBroken || broken >= _most)
                    throw;
            }
        }
    }

    public ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => BorrowAsync(cancellationToken);

    public void OnBroken()
    {
    }

    public ValueTask DisposeAsync() => default;

    // The writes of the store are not part of the caller's transaction.
    private async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var none = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        NpgsqlConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        none.Complete();
        return connection;
    }
}
