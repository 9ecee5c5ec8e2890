using System.Data;
using System.Globalization;
using System.Text;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Migrates the tables of an older version: one step for each version, all of them in one transaction under the creation lock. A crash leaves the old version
/// or the new one, and if several processes open the schema at once, one of them migrates it.</summary>
internal static class SchemaMigrations
{
    // A change of a table waits for statements that use it, and all later ones wait behind it. A limit set for the role or the connection is left unchanged.
    private const string WaitNotForEver = "SELECT set_config('lock_timeout', '20s', true) WHERE current_setting('lock_timeout') = '0'";

    /// <summary>Runs the missing steps.</summary>
    /// <exception cref="InvalidOperationException">The role may not change the tables, or they are in use.</exception>
    public static async ValueTask RunAsync(NpgsqlConnection connection, string schema, int found, CancellationToken cancellationToken)
    {
        try
        {
            await RunOnceAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            throw await MayNotAsync(connection, schema, found, error, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            throw new InvalidOperationException(
                $"Schema '{schema}' has version {found} of the checkpoints and is to be changed to version {SchemaSetup.Version}, but another session uses its tables. Open the store again once that session has ended.", error);
        }
    }

    /// <summary>Returns the script that migrates a schema from the previous version to this one, including the version number.</summary>
    public static string TextOf(int version)
    {
        using var text = new StreamReader(typeof(SchemaMigrations).Assembly.GetManifestResourceStream(string.Create(CultureInfo.InvariantCulture, $"Migrations/{version}.sql"))!);
        return text.ReadToEnd();
    }

    private static async ValueTask RunOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await connection.CallAsync(WaitNotForEver, cancellationToken).ConfigureAwait(false);
            await connection.CallAsync("SELECT pg_advisory_xact_lock($1)", cancellationToken, Commands.Of(SchemaSetup.CreationLock)).ConfigureAwait(false);

            // Another process may have been faster.
            int version = (await connection.ReadAsync("SELECT version FROM about", row => row.GetInt32(0), cancellationToken).ConfigureAwait(false))[0];
            while (version < SchemaSetup.Version)
                await connection.CallAsync(TextOf(++version), cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the error that lists the statements to run and the role that must run them.</summary>
    private static async ValueTask<InvalidOperationException> MayNotAsync(
        NpgsqlConnection connection, string schema, int found, PostgresException error, CancellationToken cancellationToken)
    {
        (string role, string owner, string path) = (await connection.ReadAsync(
            "SELECT current_user::text, tableowner::text, quote_ident($1) FROM pg_tables WHERE schemaname = $1 AND tablename = 'about'",
            row => (row.GetString(0), row.GetString(1), row.GetString(2)),
            cancellationToken,
            Commands.Of(schema)).ConfigureAwait(false))[0];
        var statements = new StringBuilder();
        for (int version = found + 1; version <= SchemaSetup.Version; version++)
            statements.AppendJoin('\n', TextOf(version).Split('\n').Where(line => line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal))).Append('\n');
        return new InvalidOperationException(
            $"""
            Schema '{schema}' has version {found} of the checkpoints; this package needs version {SchemaSetup.Version}, and role '{role}' may not change the tables ({error.MessageText}). Open the store once as '{owner}', which owns them, or run as that role:
            BEGIN;
            SET LOCAL search_path = {path};
            {statements}COMMIT;
            """,
            error);
    }
}
