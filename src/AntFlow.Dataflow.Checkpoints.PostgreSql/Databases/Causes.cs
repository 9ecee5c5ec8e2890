using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Explains in a sentence what a server refused and what to do, together with the server's own message.</summary>
internal static class Causes
{
    private const string Rights = "Checkpoints need USAGE on their schema, and SELECT, INSERT, UPDATE and DELETE on all of its tables.";

    /// <summary>Whether there is an explanation beyond the server's message.</summary>
    public static bool CanExplain(PostgresException error) => Find(error) is not null;

    /// <summary>The same for a failed login: each of several hosts has its own error.</summary>
    public static bool CanExplainLogin(Exception error) => FindRefusal(error) is { } refused ? CanExplain(refused) : error is NpgsqlException or TimeoutException;

    /// <summary>Returns the exception to throw instead; the same one if there is no explanation.</summary>
    public static NpgsqlException Explain(PostgresException error, string server) =>
        Find(error) is { } text ? new NpgsqlException($"The server '{server}' {text} (it reported {error.SqlState}: {error.MessageText}).", error) : error;

    /// <inheritdoc cref="Explain"/>
    public static NpgsqlException ExplainLogin(Exception error, string server) =>
        FindRefusal(error) is { } refused
            ? Explain(refused, server)
            : new NpgsqlException($"The server '{server}' cannot be reached: {string.Join("; ", ListAll(error).Select(one => one.Message).Distinct(StringComparer.Ordinal))}", error);

    /// <summary>Returns the exception for a role that may not use the schema.</summary>
    public static NpgsqlException NoUsage(string server, string schema, string role, PostgresException error) =>
        new($"On the server '{server}', the role '{role}' has no right to use the schema '{schema}'. {Rights} Let its owner run GRANT USAGE ON SCHEMA \"{schema}\" TO \"{role}\".", error);

    private static IReadOnlyList<Exception> ListAll(Exception error) => error.InnerException is AggregateException several ? several.InnerExceptions : [error];

    private static PostgresException? FindRefusal(Exception error) => ListAll(error).OfType<PostgresException>().FirstOrDefault();

    private static string? Find(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.TooManyConnections =>
            "has no connection left, or none for this role. A run holds two connections, and the store a few more. Raise max_connections of the server or the CONNECTION LIMIT of the role or "
            + "database, or have fewer connections open",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "refuses the role or its password. Where passwords change, give the store an NpgsqlDataSource with a password provider, or name a file with Passfile in the connection string: both are "
            + "read at each login",
        PostgresErrorCodes.InsufficientPrivilege => $"refuses an operation that this role has no right to. {Rights}",
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            "is read-only, such as a standby. Connect to the primary; where a connection string names several hosts, add 'Target Session Attributes=primary'",
        PostgresErrorCodes.InvalidCatalogName => "has no such database. Create it, or correct Database in the connection string",
        _ => null,
    };
}
