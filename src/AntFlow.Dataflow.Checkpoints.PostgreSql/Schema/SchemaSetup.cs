using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Creates the tables where they are missing, and refuses what is not ours.</summary>
internal static class SchemaSetup
{
    public const string Application = "AntFlow.Dataflow.Checkpoints";
    public const int Version = 1;

    // Two processes that start at once create one schema. The number has no meaning, but must not change.
    private const long CreationLock = 4_706_921_305_118_264;

    /// <summary>Makes sure of the schema.</summary>
    /// <exception cref="InvalidOperationException">It is newer than this package, or somebody else's.</exception>
    public static async ValueTask EnsureAsync(Database database, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            string schema = database.Options.Schema;
            if (!await IsThereAsync(connection, schema, cancellationToken).ConfigureAwait(false))
                await CreateAsync(connection, schema, cancellationToken).ConfigureAwait(false);
            await SchemaRights.ThrowIfMissingAsync(connection, database.Server, schema, cancellationToken).ConfigureAwait(false);
            await ThrowIfNotOursAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> IsThereAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) =>
        (await connection.ReadAsync(
            "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))",
            row => row.GetBoolean(0),
            cancellationToken,
            Commands.Of(schema)).ConfigureAwait(false))[0];

    private static async ValueTask CreateAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.CallAsync("SELECT pg_advisory_xact_lock($1)", cancellationToken, Commands.Of(CreationLock)).ConfigureAwait(false);
            if (await IsThereAsync(connection, schema, cancellationToken).ConfigureAwait(false))
                return;
            if (!(await connection.ReadAsync("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", row => row.GetBoolean(0), cancellationToken, Commands.Of(schema))
                .ConfigureAwait(false))[0])
            {
                string create = (await connection.ReadAsync("SELECT format('CREATE SCHEMA %I', $1)", row => row.GetString(0), cancellationToken, Commands.Of(schema))
                    .ConfigureAwait(false))[0];
                await connection.CallAsync(create, cancellationToken).ConfigureAwait(false);
            }

            await connection.CallAsync(await ReadTextAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask ThrowIfNotOursAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        (string Application, int Version) found;
        try
        {
            found = (await connection.ReadAsync("SELECT application, version FROM about", row => (row.GetString(0), row.GetInt32(1)), cancellationToken).ConfigureAwait(false)).Single();
        }
        catch (Exception error) when (error is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } or InvalidOperationException or InvalidCastException)
        {
            throw NotOurs(schema, error);
        }

        if (found.Application is not Application)
            throw NotOurs(schema, inner: null);
        if (found.Version != Version)
        {
            throw new InvalidOperationException(
                $"Schema '{schema}' has version {found.Version} of the checkpoints; this package knows version {Version}. Use the package that wrote it, or another PostgreSqlCheckpointOptions.Schema.");
        }
    }

    private static InvalidOperationException NotOurs(string schema, Exception? inner) =>
        new($"Schema '{schema}' holds tables that are no checkpoints of AntFlow.Dataflow. Set PostgreSqlCheckpointOptions.Schema to one that is empty or missing.", inner);

    private static async ValueTask<string> ReadTextAsync(CancellationToken cancellationToken)
    {
        using var text = new StreamReader(typeof(SchemaSetup).Assembly.GetManifestResourceStream("schema.sql")!);
        return await text.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }
}
