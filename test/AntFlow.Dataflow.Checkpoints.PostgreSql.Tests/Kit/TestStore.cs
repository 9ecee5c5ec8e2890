using System.Globalization;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;

/// <summary>A store in a schema of its own, which goes with it; and a way to look and to reach into its tables.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource _tables;

    private TestStore(string connectionString, string schema, PostgreSqlCheckpointStore store)
    {
        ConnectionString = connectionString;
        Schema = schema;
        Store = store;
        _tables = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = schema, Pooling = false });
    }

    public string ConnectionString { get; }

    public string Schema { get; }

    public PostgreSqlCheckpointStore Store { get; }

    public static async Task<TestStore> OpenAsync(string? connectionString = null, TimeSpan? leaseTime = null, TimeProvider? time = null)
    {
        string schema = $"s{Guid.NewGuid():N}";
        connectionString ??= SharedServer.ConnectionString;
        var options = new PostgreSqlCheckpointOptions { Schema = schema, LeaseTime = leaseTime ?? TimeSpan.FromSeconds(30), TimeProvider = time ?? TimeProvider.System };
        return new TestStore(connectionString, schema, await PostgreSqlCheckpointStore.OpenAsync(connectionString, options));
    }

    /// <summary>A second store on the same tables, as another process has it.</summary>
    public Task<PostgreSqlCheckpointStore> OpenAgainAsync() =>
        PostgreSqlCheckpointStore.OpenAsync(ConnectionString, new PostgreSqlCheckpointOptions { Schema = Schema });

    public async Task<PostgreSqlCheckpointRun> OpenRunAsync(string runId = "run") => (PostgreSqlCheckpointRun)await Store.OpenRunAsync(runId);

    /// <summary>Says that the lease of the last owner is over: what the clock of the server says after a while.</summary>
    public Task ExpireAsync() => ChangeAsync("UPDATE openings SET lease_until = clock_timestamp() - interval '1 second' WHERE ended_at IS NULL");

    /// <summary>A connection that sees the tables.</summary>
    public ValueTask<NpgsqlConnection> ConnectAsync() => _tables.OpenConnectionAsync();

    public async Task<int> ChangeAsync(string sql)
    {
        await using NpgsqlCommand command = _tables.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<long> CountAsync(string table) => await AskAsync<long>($"SELECT count(*) FROM {table}");

    public async Task<T> AskAsync<T>(string sql)
    {
        await using NpgsqlCommand command = _tables.CreateCommand(sql);
        return (T)Convert.ChangeType((await command.ExecuteScalarAsync())!, typeof(T), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await _tables.DisposeAsync();
    }
}
