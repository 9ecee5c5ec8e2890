using System.Globalization;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>The advisory lock of a run. Its owner's session holds it; whoever wants to become the owner has to get it first, so that one at a time tries.</summary>
internal static class RunLock
{
    private const string Take = "SELECT pg_advisory_lock($1, $2)";
    private const string Give = "SELECT pg_advisory_unlock($1, $2)";
    private const string End = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2 AND pid <> pg_backend_pid()";

    private const string Holder = """
        SELECT pid FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid = $1::oid AND objid = $2::oid AND objsubid = 2 AND granted
        """;

    // The server does the waiting: a session that is terminated, or whose process has just died, needs a moment to let go.
    private const string WaitShortly = "SET lock_timeout = '250ms'";
    private const string WaitAsUsual = "RESET lock_timeout";
    private const int Attempts = 40;

    /// <summary>Takes the lock for an owner to be, or for an owner whose session broke.</summary>
    /// <param name="connection">The session that is to hold it.</param>
    /// <param name="space">The first half of the key.</param>
    /// <param name="run">The number of the run.</param>
    /// <param name="findOld">Asked before every attempt: whose session may be ended; null for nobody's. Throws if the run must be left alone.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Null; or who holds the lock and does not let go.</returns>
    public static async ValueTask<string?> TakeAsync(
        NpgsqlConnection connection, int space, int run, Func<ValueTask<Opening?>> findOld, CancellationToken cancellationToken)
    {
        await connection.CallAsync(WaitShortly, cancellationToken).ConfigureAwait(false);
        try
        {
            for (int attempt = 1; attempt <= Attempts; attempt++)
            {
                if (await findOld().ConfigureAwait(false) is { } old)
                    await connection.CallAsync(End, cancellationToken, Commands.Of(old.BackendPid), Commands.Of(old.BackendStart)).ConfigureAwait(false);
                if (await TryTakeAsync(connection, space, run, cancellationToken).ConfigureAwait(false))
                    return null;
            }

            List<int> holders = await connection.ReadAsync(Holder, row => row.GetInt32(0), cancellationToken, Commands.Of(space), Commands.Of(run)).ConfigureAwait(false);
            return string.Create(
                CultureInfo.InvariantCulture, $"the session of the database server with process id {(holders.Count > 0 ? holders[0] : 0)}, which holds its lock and could not be ended");
        }
        finally
        {
            if (connection.FullState == System.Data.ConnectionState.Open)
                await connection.CallAsync(WaitAsUsual, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the lock back.</summary>
    public static async ValueTask GiveAsync(NpgsqlConnection connection, int space, int run, CancellationToken cancellationToken) =>
        await connection.CallAsync(Give, cancellationToken, Commands.Of(space), Commands.Of(run)).ConfigureAwait(false);

    private static async ValueTask<bool> TryTakeAsync(NpgsqlConnection connection, int space, int run, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(Take, cancellationToken, Commands.Of(space), Commands.Of(run)).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }
}
