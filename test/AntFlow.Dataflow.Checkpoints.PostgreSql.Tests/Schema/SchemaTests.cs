using System.Globalization;
using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Schema;

public sealed class SchemaTests
{
    [Test]
    public async Task It_is_created_once_though_many_begin_at_once()
    {
        var options = new PostgreSqlCheckpointOptions { Schema = $"s{Guid.NewGuid():N}" };

        PostgreSqlCheckpointStore[] stores = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => PostgreSqlCheckpointStore.OpenAsync(SharedServer.ConnectionString, options))));

        await using ICheckpointRun run = await stores[0].OpenRunAsync("run");
        (await stores[7].ReadRunsAsync().ToListAsync()).Count.ShouldBe(1);
        foreach (PostgreSqlCheckpointStore store in stores.Skip(1))
            await store.DisposeAsync();
        await run.DisposeAsync();
        await stores[0].DisposeAsync();
    }

    [Test]
    public async Task It_may_have_any_name()
    {
        var options = new PostgreSqlCheckpointOptions { Schema = "My \"odd\", $name;-- ☾" };

        for (int opening = 0; opening < 2; opening++)
        {
            await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(SharedServer.ConnectionString, options);
            await using ICheckpointRun run = await store.OpenRunAsync("run");
            await run.WriteAsync(new CheckpointBatch { Items = [Some.Item(run, 1, $"s:{opening}")] });
            (await store.ReadItemsAsync("run").ToListAsync()).Count.ShouldBe(opening + 1);
        }
    }

    [Test]
    public async Task An_empty_one_that_somebody_has_made_is_used()
    {
        var options = new PostgreSqlCheckpointOptions { Schema = $"s{Guid.NewGuid():N}" };
        await CallAsync($"CREATE SCHEMA {options.Schema}");

        await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(SharedServer.ConnectionString, options);

        (await store.ReadRunsAsync().ToListAsync()).ShouldBeEmpty();
    }

    [TestCase(SchemaSetup.Version + 1)]
    [TestCase(99)]
    public async Task A_newer_one_is_refused_and_stays_as_it_is(int version)
    {
        await using TestStore store = await TestStore.OpenAsync();
        await store.ChangeAsync(string.Create(CultureInfo.InvariantCulture, $"UPDATE about SET version = {version}"));

        InvalidOperationException refused = await store.OpenAgainAsync().CatchAsync<InvalidOperationException>();

        refused.Message.ShouldBe(
            $"Schema '{store.Schema}' has version {version} of the checkpoints; this package reads up to version 3. Use a newer version of the package, or another PostgreSqlCheckpointOptions.Schema.");
        (await store.AskAsync<int>("SELECT version FROM about")).ShouldBe(version);
    }

    [TestCase("CREATE TABLE {0}.customers (id integer)")]
    [TestCase("CREATE TABLE {0}.about (title text)")]
    [TestCase("CREATE TABLE {0}.about (application integer, version text)")]
    [TestCase("CREATE TABLE {0}.about (application text, version integer); INSERT INTO {0}.about VALUES ('Shop', 1)")]
    [TestCase("CREATE TABLE {0}.about (application text, version integer)")]
    public async Task One_of_somebody_else_is_refused_and_stays_as_it_is(string tables)
    {
        string schema = $"s{Guid.NewGuid():N}";
        await CallAsync($"CREATE SCHEMA {schema}; {tables.Replace("{0}", schema, StringComparison.Ordinal)}");

        InvalidOperationException refused = await PostgreSqlCheckpointStore.OpenAsync(SharedServer.ConnectionString, new PostgreSqlCheckpointOptions { Schema = schema })
            .CatchAsync<InvalidOperationException>();

        refused.Message.ShouldBe(
            $"Schema '{schema}' holds tables that are not checkpoints of AntFlow.Dataflow. Set PostgreSqlCheckpointOptions.Schema to a schema that is empty or missing.");
    }

    [TestCase("", 30)]
    [TestCase("1234567890123456789012345678901234567890123456789012345678901234", 30)]
    [TestCase("antflow", 0.9)]
    [TestCase("antflow", 2.9)]
    [TestCase("antflow", 90_000)]
    public async Task Options_out_of_their_range_are_refused(string schema, double leaseSeconds)
    {
        var options = new PostgreSqlCheckpointOptions { Schema = schema, LeaseTime = TimeSpan.FromSeconds(leaseSeconds) };

        PipelineConfigurationException refused = await Should.ThrowAsync<PipelineConfigurationException>(async () => await PostgreSqlCheckpointStore.OpenAsync("Host=nowhere", options));
        refused.Faults.ShouldHaveSingleItem().ShouldStartWith($"PostgreSqlCheckpointOptions.{(leaseSeconds == 30 ? "Schema" : "LeaseTime")} is ");
    }

    [Test]
    public async Task What_is_written_is_durable_whatever_the_default_of_the_server_is()
    {
        string careless = SharedServer.ConnectionString + ";Options=-c synchronous_commit=off";
        await using TestStore store = await TestStore.OpenAsync(careless);
        await using var database = new Database(careless, new PostgreSqlCheckpointOptions { Schema = store.Schema });

        await using NpgsqlConnection connection = await database.ConnectAsync(CancellationToken.None);
        string session = (await connection.ReadAsync("SHOW synchronous_commit", row => row.GetString(0), CancellationToken.None))[0];

        session.ShouldBe("on");
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await run.ForgetInterruptedAsync();
    }

    private static async Task CallAsync(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(SharedServer.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
