using System.Data;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Creates the tables where they are missing, migrates older ones (<see cref="SchemaMigrations"/>), and refuses a schema that holds something else.</summary>
internal static class SchemaSetup
{
    public const string Application = "AntFlow.Dataflow.Checkpoints";
    public const int Version = 3;

    // Two processes that start at once create one schema, and migrate it once. The number has no meaning, but must not change.
    public const long CreationLock = 4_706_921_305_118_264;

    /// <summary>Ensures that the schema exists and is up to date.</summary>
    /// <exception cref="InvalidOperationException">The schema is newer than this package, or holds something else.</exception>
    public static async ValueTask EnsureAsync(Database database, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            string schema = database.Options.Schema;
            if (!await IsThereAsync(connection, schema, cancellationToken).ConfigureAwait(false))
                await CreateAsync(connection, schema, cancellationToken).ConfigureAwait(false);
            await SchemaRights.ThrowIfMissingAsync(connection, database.Server, schema, cancellationToken).ConfigureAwait(false);
            int version = await FindVersionAsync(connection, schema, cancellationToken).ConfigureAwait(false);
            if (version < Version)
                await SchemaMigrations.RunAsync(connection, schema, version, cancellationToken).ConfigureAwait(false);
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
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Returns the version of a schema that holds checkpoints and is not newer than this package.</summary>
    private static async ValueTask<int> FindVersionAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
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
        if (found.Version is < 1 or > Version)
        {
            throw new InvalidOperationException(
                $"Schema '{schema}' has version {found.Version} of the checkpoints; this package reads up to version {Version}. Use a newer version of the package, or another PostgreSqlCheckpointOptions.Schema.");
        }

        return found.Version;
    }

    private static InvalidOperationException NotOurs(string schema, Exception? inner) =>
        new($"Schema '{schema}' holds tables that are not checkpoints of AntFlow.Dataflow. Set PostgreSqlCheckpointOptions.Schema to a schema that is empty or missing.", inner);

    private static async ValueTask<string> ReadTextAsync(CancellationToken cancellationToken)
    {
        using var text = new StreamReader(typeof(SchemaSetup).Assembly.GetManifestResourceStream("schema.sql")!);
        return await text.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }
}
