using System.Transactions;
using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Servers;

/// <summary>A data source that is the user's.</summary>
public sealed class GivenDataSources : OwnServerTests
{
    private readonly PostgreSqlCheckpointOptions _options = new() { Schema = $"s{Guid.NewGuid():N}" };

    [Test]
    public async Task Is_asked_for_the_password_at_each_login()
    {
        string password = "first";
        string role = await Roles.AddAsync(Server.ConnectionString, "PASSWORD 'first'");
        await Server.DemandPasswordAsync(role);
        var builder = new NpgsqlDataSourceBuilder(Roles.As(Server.ConnectionString, role));
        builder.UsePasswordProvider(_ => password, (_, _) => new ValueTask<string>(password));
        await using NpgsqlDataSource source = builder.Build();
        await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(source, _options);
        await using var run = (PostgreSqlCheckpointRun)await store.OpenRunAsync("run");
        await run.WriteAsync(Some.Batch(run, 1, 1));
        await run.MarkStartedAsync(0, 0, "n:1");

        await Roles.CallAsync(Server.ConnectionString, $"ALTER ROLE {role} PASSWORD 'second'; SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '{role}'");
        NpgsqlException refused = await Should.ThrowAsync<NpgsqlException>(async () => await run.MarkStartedAsync(0, 0, "n:2"));
        refused.Message.ShouldContain("refuses the role or its password");
        password = "second";

        await run.MarkStartedAsync(0, 0, "n:2");
        await run.WriteAsync(Some.Batch(run, 2, 1)).AsTask().ContinueWith(static _ => { }, TaskScheduler.Default);
        await run.WriteAsync(Some.Batch(run, 2, 1));
        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(2);
        run.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task Stays_the_users_with_its_pool_and_its_settings()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create($"{Server.ConnectionString};Maximum Pool Size=4");
        string before = await AskAsync(source, "SHOW search_path");
        PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(source, _options);
        await using (var run = (PostgreSqlCheckpointRun)await store.OpenRunAsync("run"))
        {
            await run.WriteAsync(Some.Batch(run, 1, 10));
            await run.MarkStartedAsync(0, 0, "n:1");
            (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(10);
        }

        await store.DisposeAsync();

        // All four at once: none of them has kept anything.
        NpgsqlConnection[] all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => source.OpenConnectionAsync().AsTask()));
        foreach (NpgsqlConnection connection in all)
        {
            (await connection.ReadAsync("SHOW search_path", row => row.GetString(0), CancellationToken.None)).ShouldBe([before]);
            (await connection.ReadAsync("SELECT setting::int > 30 FROM pg_settings WHERE name = 'tcp_keepalives_idle'", row => row.GetBoolean(0), CancellationToken.None)).ShouldBe([true]);
            await connection.DisposeAsync();
        }
    }

    [TestCase("Multiplexing=true", "The data source has Multiplexing")]
    [TestCase("No Reset On Close=true", "The data source has No Reset On Close")]
    public async Task Is_refused_where_its_connections_are_no_sessions(string setting, string text)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create($"{Server.ConnectionString};{setting}");

        ArgumentException refused = await Should.ThrowAsync<ArgumentException>(async () => await PostgreSqlCheckpointStore.OpenAsync(source, _options));

        refused.Message.ShouldStartWith(text);
    }

    [Test]
    public async Task Has_dead_connections_in_its_pool_after_a_restart_which_are_passed_over()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(source, _options);
        await using var run = (PostgreSqlCheckpointRun)await store.OpenRunAsync("run");
        await run.WriteAsync(Some.Batch(run, 1, 1));
        foreach (NpgsqlConnection idle in await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => source.OpenConnectionAsync().AsTask())))
            await idle.DisposeAsync();
        await Server.StopImmediateAsync();
        await Server.RestartAsync();

        (await run.FindItemAsync("n:1")).ShouldNotBeNull();
    }

    [Test]
    public async Task Takes_no_part_in_a_transaction_of_the_caller()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(source, _options);

        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await using var run = (PostgreSqlCheckpointRun)await store.OpenRunAsync("run");
            await run.WriteAsync(Some.Batch(run, 1, 1));
            (await run.FindItemAsync("n:1")).ShouldNotBeNull();
        }

        (await store.ReadItemsAsync("run").ToListAsync()).Count.ShouldBe(1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Sessions_of_a_host_that_went_away_end_soon(bool isGiven)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using Database database = isGiven ? new Database(source, _options) : new Database(Server.ConnectionString, _options);

        await using NpgsqlConnection session = await database.ConnectAsync(CancellationToken.None);

        (await session.ReadAsync(
            "SELECT current_setting('tcp_keepalives_idle') || ' ' || current_setting('tcp_keepalives_interval') || ' ' || current_setting('tcp_keepalives_count')",
            row => row.GetString(0),
            CancellationToken.None)).ShouldBe(["30 10 3"]);
    }

    private static async Task<string> AskAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
