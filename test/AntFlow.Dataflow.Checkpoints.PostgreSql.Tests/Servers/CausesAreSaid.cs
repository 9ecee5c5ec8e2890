using System.Collections.Concurrent;
using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Servers;

/// <summary>What a server refuses is said in a sentence, with what the server said inside it; and never that another has the run.</summary>
public sealed class CausesAreSaid : OwnServerTests
{
    private string Connection => Server.ConnectionString;

    [Test]
    public async Task Too_many_clients()
    {
        string role = await Roles.AddAsync(Connection, "CONNECTION LIMIT 0");

        NpgsqlException error = await OpenAsync(Roles.As(Connection, role));

        Check(error, PostgresErrorCodes.TooManyConnections, "has no connection left, or none for this role");
    }

    [Test]
    public async Task What_one_of_several_hosts_refuses()
    {
        string role = await Roles.AddAsync(Connection, "CONNECTION LIMIT 0");
        var settings = new NpgsqlConnectionStringBuilder(Roles.As(Connection, role));
        settings.Host = $"127.0.0.1:1,127.0.0.1:{settings.Port}";

        NpgsqlException error = await OpenAsync(settings.ConnectionString);

        Check(error, PostgresErrorCodes.TooManyConnections, "has no connection left, or none for this role");
    }

    [Test]
    public async Task Hosts_that_are_not_there()
    {
        NpgsqlException error = await OpenAsync("Host=127.0.0.1:1,127.0.0.1:2;Database=jobs;Username=antflow");

        error.Message.ShouldStartWith("The server '127.0.0.1:1,127.0.0.1:2' cannot be reached: Failed to connect to 127.0.0.1:1");
    }

    [Test]
    public async Task A_wrong_password()
    {
        string role = await Roles.AddAsync(Connection, "PASSWORD 'right'");
        await Server.DemandPasswordAsync(role);

        NpgsqlException error = await OpenAsync(Roles.As(Connection, role, "Password=wrong"));

        Check(error, PostgresErrorCodes.InvalidPassword, "refuses the role or its password");
        error.Message.ShouldNotContain("wrong");
    }

    [Test]
    public async Task A_database_that_is_not_there() =>
        Check(await OpenAsync(Connection.Replace("Database=postgres", "Database=elsewhere", StringComparison.Ordinal)), PostgresErrorCodes.InvalidCatalogName, "has no such database");

    [Test]
    public async Task A_schema_that_may_not_be_used()
    {
        string role = await Roles.AddAsync(Connection);
        await using TestStore store = await TestStore.OpenAsync(Connection);

        NpgsqlException error = await OpenAsync(Roles.As(Connection, role), store.Schema);

        error.Message.ShouldContain($"the role '{role}' has no right to use the schema '{store.Schema}'");
        error.Message.ShouldContain($"GRANT USAGE ON SCHEMA \"{store.Schema}\" TO \"{role}\"");
        error.InnerException.ShouldBeOfType<PostgresException>().SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Test]
    public async Task A_schema_that_may_not_be_created()
    {
        string role = await Roles.AddAsync(Connection);
        await Roles.CallAsync(Connection, $"REVOKE CREATE ON DATABASE postgres FROM {role}");

        Check(await OpenAsync(Roles.As(Connection, role)), PostgresErrorCodes.InsufficientPrivilege, "refuses an operation that this role has no right to");
    }

    [Test]
    public async Task Tables_that_may_not_be_written()
    {
        string role = await Roles.AddAsync(Connection);
        await using TestStore first = await TestStore.OpenAsync(Connection);
        await Roles.GrantAsync(Connection, first.Schema, role);
        await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(Roles.As(Connection, role), new PostgreSqlCheckpointOptions { Schema = first.Schema });
        await using var run = (PostgreSqlCheckpointRun)await store.OpenRunAsync("run");
        await Roles.CallAsync(Connection, $"REVOKE INSERT ON {first.Schema}.items, {first.Schema}.marks FROM {role}; REVOKE SELECT ON {first.Schema}.steps FROM {role}");

        Check(await Should.ThrowAsync<NpgsqlException>(async () => await run.WriteAsync(Some.Batch(run, 1, 1))), PostgresErrorCodes.InsufficientPrivilege, "no right to");
        Check(await Should.ThrowAsync<NpgsqlException>(async () => await run.MarkStartedAsync(0, 0, "n:1")), PostgresErrorCodes.InsufficientPrivilege, "no right to");
        Check(await Should.ThrowAsync<NpgsqlException>(async () => await run.FindItemAsync("n:1")), PostgresErrorCodes.InsufficientPrivilege, "no right to");
        run.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task Runs_that_may_not_be_opened()
    {
        string role = await Roles.AddAsync(Connection);
        await using TestStore first = await TestStore.OpenAsync(Connection);
        await Roles.CallAsync(Connection, $"GRANT USAGE ON SCHEMA {first.Schema} TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA {first.Schema} TO {role}");
        await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(Roles.As(Connection, role), new PostgreSqlCheckpointOptions { Schema = first.Schema });

        NpgsqlException error = await Should.ThrowAsync<NpgsqlException>(async () => await store.OpenRunAsync("run"));

        Check(error, PostgresErrorCodes.InsufficientPrivilege, "no right to");
        (await store.ReadRunsAsync().ToListAsync()).ShouldBeEmpty("To look, SELECT is enough.");
    }

    [Test]
    public async Task A_server_that_is_read_only()
    {
        await using TestStore store = await TestStore.OpenAsync(Connection);

        NpgsqlException error = await OpenAsync($"{Connection};Options=-c default_transaction_read_only=on");
        Check(error, PostgresErrorCodes.ReadOnlySqlTransaction, "is read-only, such as a standby");
        error.Message.ShouldContain("Target Session Attributes=primary");

        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await Roles.CallAsync(Connection, "ALTER DATABASE postgres SET default_transaction_read_only = on; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
        await run.WriteAsync(Some.Batch(run, 1, 1)).AsTask().ContinueWith(static _ => { }, TaskScheduler.Default);
        Check(await Should.ThrowAsync<NpgsqlException>(async () => await run.WriteAsync(Some.Batch(run, 1, 1))), PostgresErrorCodes.ReadOnlySqlTransaction, "is read-only");
        run.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task A_start_that_cannot_be_noted_for_want_of_a_connection_says_so_at_once_and_an_end_is_reported_and_noted_later()
    {
        string role = await Roles.AddAsync(Connection);
        await using TestStore first = await TestStore.OpenAsync(Connection);
        await Roles.GrantAsync(Connection, first.Schema, role);
        await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(Roles.As(Connection, role), new PostgreSqlCheckpointOptions { Schema = first.Schema });
        await using var run = (PostgreSqlCheckpointRun)await store.OpenRunAsync("run");
        var reports = new ConcurrentQueue<Exception?>();
        run.ReportTroubleTo(reports.Enqueue);
        await run.MarkStartedAsync(0, 0, "n:1");
        await Roles.CallAsync(Connection, $"ALTER ROLE {role} CONNECTION LIMIT 1; SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE query LIKE '%INTO marks%' AND usename = '{role}'");

        NpgsqlException error = await Should.ThrowAsync<NpgsqlException>(async () => await run.MarkStartedAsync(1, 0, "n:2"));
        Check(error, PostgresErrorCodes.TooManyConnections, "has no connection left");
        reports.ShouldBeEmpty("Who starts something is told himself.");
        run.MarkEnded(0);
        await Waiting.UntilAsync(() => !reports.IsEmpty);
        Check(reports.First().ShouldBeAssignableTo<NpgsqlException>()!, PostgresErrorCodes.TooManyConnections, "has no connection left");
        await Roles.CallAsync(Connection, $"ALTER ROLE {role} CONNECTION LIMIT -1");

        await Waiting.UntilAsync(() => reports.LastOrDefault(_noError) is null);
        (await first.CountAsync("marks WHERE slot = 0 AND id IS NULL")).ShouldBe(1);
        await run.MarkStartedAsync(1, 0, "n:2");
    }

    private static readonly Exception _noError = new InvalidOperationException("Nothing was reported.");

    private static void Check(NpgsqlException error, string code, string text)
    {
        error.Message.ShouldStartWith("The server '127.0.0.1:");
        error.Message.ShouldContain(text);
        error.Message.ShouldContain($"(it reported {code}: ");
        error.InnerException.ShouldBeOfType<PostgresException>().SqlState.ShouldBe(code);
    }

    private static async Task<NpgsqlException> OpenAsync(string connectionString, string? schema = null) =>
        await Should.ThrowAsync<NpgsqlException>(async () => await PostgreSqlCheckpointStore.OpenAsync(connectionString, new PostgreSqlCheckpointOptions { Schema = schema ?? $"s{Guid.NewGuid():N}" }));
}
