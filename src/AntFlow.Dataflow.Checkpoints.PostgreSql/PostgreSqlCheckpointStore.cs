using System.Diagnostics;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Keeps runs in PostgreSQL: durable, for any number of processes and hosts. One process at a time owns a run; when it dies, another may go on with it.</summary>
/// <remarks>
/// <para>An owner has two connections of his own, beside the pool of the store: one that holds the advisory lock of the run, as long as its session lives, and one for what is
/// running. Advisory locks need a real session: a proxy that hands out connections by the transaction cannot be used.</para>
/// <para>A run is the owner's until he disposes it; another process may take it over when nothing was heard of him for <see cref="PostgreSqlCheckpointOptions.LeaseTime"/>
/// by the clock of the server, or at once if it is on the same host and his process is dead. An owner who lives on, such as one that was stopped, can write no more.</para>
/// </remarks>
[DebuggerDisplay("Schema {_database.Options.Schema}")]
public sealed class PostgreSqlCheckpointStore : ICheckpointStore
{
    private readonly Database _database;

    private PostgreSqlCheckpointStore(string connectionString, PostgreSqlCheckpointOptions options) => _database = new Database(connectionString, options);

    /// <summary>Opens a store; creates its schema if it is missing.</summary>
    /// <param name="connectionString">The database, as Npgsql reads it.</param>
    /// <param name="options">How to use it. Default: all defaults.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The store.</returns>
    /// <exception cref="InvalidOperationException">The schema holds something else, or was written by a newer version.</exception>
    /// <exception cref="ArgumentException">The connection string cannot be read, or an option is out of its range.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached, or refuses.</exception>
    public static async ValueTask<PostgreSqlCheckpointStore> OpenAsync(
        string connectionString, PostgreSqlCheckpointOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        options ??= new PostgreSqlCheckpointOptions();
        options.ThrowIfWrong();
        var store = new PostgreSqlCheckpointStore(connectionString, options);
        try
        {
            await SchemaSetup.EnsureAsync(store._database, cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch (Exception error)
        {
            string server = store._database.Server;
            await store.DisposeAsync().ConfigureAwait(false);
            // What the server says is clear; what the network says does not name the server.
            if (error is NpgsqlException and not PostgresException)
                throw new NpgsqlException($"The server '{server}' cannot be used for checkpoints: {error.Message}", error);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        StoredRun.ThrowIfUnfit(runId);
        return new PostgreSqlCheckpointRun(_database, await new RunOpener(_database, runId).OpenAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => RunList.ReadRunsAsync(_database, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) =>
        RunRows.ReadItemsAsync(_database, runId, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) =>
        RunRows.ReadStepsAsync(_database, runId, id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => RunList.DeleteAsync(_database, runId, cancellationToken);

    /// <summary>Closes the connections of the pool. Runs that are open keep theirs; give them up first.</summary>
    /// <returns>The closing.</returns>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
