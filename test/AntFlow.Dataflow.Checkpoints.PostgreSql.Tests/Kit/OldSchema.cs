using AntFlow.Dataflow.TestKit.Checkpoints;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;

/// <summary>A schema of an older version, restored from its dump under a name of its own.</summary>
internal sealed class OldSchema : IAsyncDisposable
{
    private readonly bool _isOwn;

    private OldSchema(string name, bool isOwn)
    {
        Name = name;
        _isOwn = isOwn;
    }

    public string Name { get; }

    public static async Task<OldSchema> RestoreAsync(string version)
    {
        var schema = new OldSchema($"s{Guid.NewGuid():N}", isOwn: true);
        string dump = await File.ReadAllTextAsync(OldStores.PathOf(version, "postgresql.sql"));
        await schema.CallAsync(dump.Replace("antflow_fixture", schema.Name, StringComparison.Ordinal));
        return schema;
    }

    /// <summary>Another schema, to ask the same of.</summary>
    public OldSchema Beside(string name) => new(name, isOwn: false);

    public Task<PostgreSqlCheckpointStore> OpenAsync(string? role = null, string more = "") => PostgreSqlCheckpointStore.OpenAsync(
        new NpgsqlConnectionStringBuilder(SharedServer.ConnectionString) { Username = role ?? "antflow" } + more, new PostgreSqlCheckpointOptions { Schema = Name });

    /// <summary>A session that sees nothing of the schema by itself.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(SharedServer.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs statements in which <c>{0}</c> is the name of the schema.</summary>
    public async Task CallAsync(string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        await connection.CallAsync(sql.Replace("{0}", Name, StringComparison.Ordinal), CancellationToken.None);
    }

    /// <summary>The rows of a query, each as one text, in their order as texts.</summary>
    public async Task<List<string>> AskAsync(string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync();
        List<string> rows = await connection.ReadAsync(
            sql.Replace("{0}", Name, StringComparison.Ordinal),
            row => string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => row.GetValue(column) is string[] many ? string.Join(',', many) : $"{row.GetValue(column)}")),
            CancellationToken.None);
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOwn)
            await CallAsync("DROP SCHEMA {0} CASCADE");
    }
}
