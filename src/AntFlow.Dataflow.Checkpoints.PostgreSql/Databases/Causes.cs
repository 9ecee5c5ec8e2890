using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Says in a sentence what a server refused, and what to do. What the server said goes with it.</summary>
internal static class Causes
{
    private const string Rights = "Checkpoints need USAGE on their schema, and SELECT, INSERT, UPDATE and DELETE on all of its tables.";

    /// <summary>The explained error; null for one that says itself what it is.</summary>
    public static NpgsqlException? Explain(PostgresException error, string server)
    {
        string? text = error.SqlState switch
        {
            PostgresErrorCodes.TooManyConnections =>
                "has no connection left, or none for this role. A run holds two connections, and the store a few more. Raise max_connections of the server or the CONNECTION LIMIT of the role or "
                + "database, or have fewer connections open",
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                "refuses the role or its password. Where passwords change, give the store an NpgsqlDataSource with a password provider, or name a file with Passfile in the connection string: both are asked at each login",
            PostgresErrorCodes.InsufficientPrivilege => $"refuses what this role has no right to. {Rights}",
            PostgresErrorCodes.ReadOnlySqlTransaction =>
                "is read-only, such as a standby. Connect to the primary; where a connection string names several hosts, add 'Target Session Attributes=primary'",
            PostgresErrorCodes.InvalidCatalogName => "has no such database. Create it, or correct Database in the connection string",
            _ => null,
        };
        return text is null ? null : new NpgsqlException($"The server '{server}' {text} (it said {error.SqlState}: {error.MessageText}).", error);
    }

    /// <summary>The explained error of a login; null for one that says itself what it is.</summary>
    public static NpgsqlException? ExplainLogin(Exception error, string server)
    {
        // Of several hosts each has its own.
        IReadOnlyList<Exception> all = error.InnerException is AggregateException several ? several.InnerExceptions : [error];
        PostgresException? refused = all.OfType<PostgresException>().FirstOrDefault();
        if (refused is not null)
            return Explain(refused, server);
        return error is NpgsqlException or TimeoutException
            ? new NpgsqlException($"The server '{server}' cannot be reached: {string.Join("; ", all.Select(one => one.Message).Distinct(StringComparer.Ordinal))}", error)
            : null;
    }

    /// <summary>What to throw where the role may not look into the schema.</summary>
    public static NpgsqlException NoUsage(string server, string schema, string role, PostgresException error) =>
        new($"On the server '{server}', the role '{role}' has no right to use the schema '{schema}'. {Rights} Have its owner say GRANT USAGE ON SCHEMA \"{schema}\" TO \"{role}\".", error);
}
