using System.Diagnostics;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Keeps runs in PostgreSQL: durable, for any number of processes and hosts. One process at a time owns a run; when it crashes, another one can resume the run.</summary>
/// <remarks>
/// <para>An owner keeps two connections: one for writes and one for the records of what is running. Everything else uses a pool. Each connection must be a session: a proxy that pools
/// connections by transaction is not supported.</para>
/// <para>An owner holds a run until it disposes the run. Another process can take the run over when the owner has not renewed its lease for
/// <see cref="PostgreSqlCheckpointOptions.LeaseTime"/>, by the clock of the server, or at once if it is on the same host and the owner's process has ended. The transaction of each write
/// checks the number of the opening (<see cref="ICheckpointRun.Epoch"/>): if two processes both take themselves for the owner, only one can write. An owner that could not reach the server
/// for longer continues if no other process has taken the run over.</para>
/// </remarks>
[DebuggerDisplay("Schema {_database.Options.Schema}")]
public sealed class PostgreSqlCheckpointStore : ICheckpointStore
{
    private readonly Database _database;

    private PostgreSqlCheckpointStore(string connectionString, PostgreSqlCheckpointOptions options) => _database = new Database(connectionString, options);

    private PostgreSqlCheckpointStore(NpgsqlDataSource dataSource, PostgreSqlCheckpointOptions options) => _database = new Database(dataSource, options);

    /// <summary>Opens a store; creates its schema if it is missing.</summary>
    /// <param name="connectionString">The database, in Npgsql's format. Its password is used for each login. If the password changes, keep it in a file (<c>Passfile</c>), which is read at
    /// each login. You may name several hosts; the first one that answers is used.</param>
    /// <param name="options">The options of the store. Default: all defaults.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The store.</returns>
    /// <exception cref="InvalidOperationException">The schema holds something else, or was written by a newer version.</exception>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    /// <exception cref="PipelineConfigurationException">Options are out of range; the message lists all of them.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached, or refuses; the message says why and what to do.</exception>
    public static Task<PostgreSqlCheckpointStore> OpenAsync(
        string connectionString, PostgreSqlCheckpointOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        options = (options ?? new PostgreSqlCheckpointOptions()).Checked();
        return OpenAsync(() => new PostgreSqlCheckpointStore(connectionString, options), cancellationToken);
    }

    /// <summary>Opens a store that takes its connections from a data source, with its password provider and its settings; creates its schema if it is missing. You own the data source: the
    /// store does not dispose it and does not change its pool. Each run keeps two of its connections.</summary>
    /// <param name="dataSource">The source of connections, without <c>Multiplexing</c> and <c>No Reset On Close</c>. Dispose it after the store.</param>
    /// <param name="options">The options of the store. Default: all defaults.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The store.</returns>
    /// <exception cref="InvalidOperationException">The schema holds something else, or was written by a newer version.</exception>
    /// <exception cref="ArgumentException">The data source cannot be used.</exception>
    /// <exception cref="PipelineConfigurationException">Options are out of range; the message lists all of them.</exception>
    /// <exception cref="NpgsqlException">The server cannot be reached, or refuses; the message says why and what to do.</exception>
    public static Task<PostgreSqlCheckpointStore> OpenAsync(
        NpgsqlDataSource dataSource, PostgreSqlCheckpointOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        options = (options ?? new PostgreSqlCheckpointOptions()).Checked();
        return OpenAsync(() => new PostgreSqlCheckpointStore(dataSource, options), cancellationToken);
    }

    /// <inheritdoc/>
    public string Location => $"server {_database.Server}, schema '{_database.Options.Schema}'";

    /// <inheritdoc/>
    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        StoredRun.ThrowIfUnfit(runId);
        return new PostgreSqlCheckpointRun(_database, await new RunOpener(_database, runId).OpenAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => RunList.ReadRunsAsync(_database, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) => RunList.FindAsync(_database, runId, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) =>
        await RunList.FindNumberAsync(_database, runId, cancellationToken).ConfigureAwait(false) is { } run
            ? await RunRows.FindItemAsync(_database, run, id, cancellationToken).ConfigureAwait(false)
            : null;

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) =>
        RunRows.ReadItemsAsync(_database, runId, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) =>
        RunRows.ReadStepsAsync(_database, runId, id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) => RunDeletion.DeleteAsync(_database, runId, cancellationToken);

    /// <summary>Closes the connections of its own pool. Open runs keep theirs; dispose them first.</summary>
    /// <returns>A task that completes when the connections are closed.</returns>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async Task<PostgreSqlCheckpointStore> OpenAsync(Func<PostgreSqlCheckpointStore> make, CancellationToken cancellationToken)
    {
        PostgreSqlCheckpointStore store = make();
        try
        {
            await SchemaSetup.EnsureAsync(store._database, cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch (Exception error)
        {
            string server = store._database.Server;
            await store.DisposeAsync().ConfigureAwait(false);
            if (error is PostgresException refused)
                throw Causes.Explain(refused, server);
            throw;
        }
    }
}
