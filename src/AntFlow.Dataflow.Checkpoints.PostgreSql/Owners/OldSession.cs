using System.Globalization;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>The previous session of an owner: it is ended so that its pending work delays no other session. The row of the run decides what it may write, not this class.</summary>
internal static class OldSession
{
    private const string End = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2 AND pid <> pg_backend_pid()";
    private const string Find = "SELECT coalesce(usename, '?') FROM pg_stat_activity WHERE pid = $1";

    /// <summary>Ends it if this role may. The session of another role is not even visible here.</summary>
    public static async ValueTask EndAsync(NpgsqlConnection connection, Opening old, CancellationToken cancellationToken)
    {
        // A session that was returned to its pool now has another use.
        if (old.IsEnded)
            return;
        try
        {
            await connection.CallAsync(End, cancellationToken, Commands.Of(old.BackendPid), Commands.Of(old.BackendStart)).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            // Then the session has to end by itself. Usually nothing waits for that.
        }
    }

    /// <summary>Returns the exception for a run whose row stays locked.</summary>
    public static async ValueTask<NpgsqlException> ExplainAsync(NpgsqlConnection connection, string runId, Opening? old, Exception inner, CancellationToken cancellationToken)
    {
        string? role = old is null ? null : (await connection.ReadAsync(Find, row => row.GetString(0), cancellationToken, Commands.Of(old.BackendPid)).ConfigureAwait(false)).FirstOrDefault();
        string text = role is null
            ? $"Run '{runId}' belongs to no other process, but another session of the database server keeps its row locked. Try again when that has ended."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Run '{runId}' belongs to no other process, but the session of its last owner (process id {old!.BackendPid} of the database server, role '{role}') is in the middle of a write, and this role may not end it. End it with SELECT pg_terminate_backend({old.BackendPid}), or let this role end such sessions itself: GRANT pg_signal_backend TO the role, and pg_read_all_stats.");
        return new NpgsqlException(text, inner);
    }
}
