using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Distinguishes a schema that this role may not use from one that holds something else: both look the same through the search path.</summary>
internal static class SchemaRights
{
    private const string Find = "SELECT has_schema_privilege(oid, 'USAGE'), current_user::text, format('SELECT FROM %I.about', nspname) FROM pg_namespace WHERE nspname = $1";

    /// <summary>Throws unless the schema may be used.</summary>
    public static async ValueTask ThrowIfMissingAsync(NpgsqlConnection connection, string server, string schema, CancellationToken cancellationToken)
    {
        List<(bool MayUse, string Role, string Look)> found = await connection.ReadAsync(
            Find, row => (row.GetBoolean(0), row.GetString(1), row.GetString(2)), cancellationToken, Commands.Of(schema)).ConfigureAwait(false);
        if (found is not [(false, var role, var look)])
            return;
        try
        {
            // With the qualified name, the server reports the reason.
            await connection.CallAsync(look, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error)
        {
            throw Causes.NoUsage(server, schema, role, error);
        }
    }
}
