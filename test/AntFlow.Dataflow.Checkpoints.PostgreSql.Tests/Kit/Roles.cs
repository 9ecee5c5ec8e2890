using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;

/// <summary>Roles that are no superusers, each with a name of its own.</summary>
internal static class Roles
{
    // The server does not change the rights of one thing for two at once.
    private static readonly SemaphoreSlim _turn = new(1);

    public static async Task<string> AddAsync(string connectionString, string options = "")
    {
        string role = $"r{Guid.NewGuid():N}";
        await CallAsync(connectionString, $"CREATE ROLE {role} LOGIN {options}; GRANT CREATE ON DATABASE postgres TO {role}");
        return role;
    }

    /// <summary>What checkpoints need.</summary>
    public static Task GrantAsync(string connectionString, string schema, string role) =>
        CallAsync(connectionString, $"GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}");

    public static async Task CallAsync(string connectionString, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await _turn.WaitAsync();
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public static string As(string connectionString, string role, string more = "") => new NpgsqlConnectionStringBuilder($"{connectionString};{more}") { Username = role }.ConnectionString;
}
