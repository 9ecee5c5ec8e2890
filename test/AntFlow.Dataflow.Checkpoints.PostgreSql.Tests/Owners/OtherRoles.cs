using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

/// <summary>Owners that log in with roles of their own, which may not end the sessions of each other.</summary>
public sealed class OtherRoles
{
    private static string Server => SharedServer.ConnectionString;

    [Test]
    public async Task Take_over_a_run_whose_owner_was_not_heard_of_for_a_lease()
    {
        string first = await Roles.AddAsync(Server);
        string second = await Roles.AddAsync(Server);
        await using TestStore store = await TestStore.OpenAsync(Roles.As(Server, first), time: new SteppedTime());
        await Roles.GrantAsync(Server, store.Schema, second);
        await using PostgreSqlCheckpointRun old = await store.OpenRunAsync();
        await old.WriteAsync(Some.Batch(old, 1, 10));
        await using PostgreSqlCheckpointStore heir = await PostgreSqlCheckpointStore.OpenAsync(Roles.As(Server, second), new PostgreSqlCheckpointOptions { Schema = store.Schema });
        await Should.ThrowAsync<RunOwnedException>(async () => await heir.OpenRunAsync("run"));
        await store.ExpireAsync();

        await using ICheckpointRun mine = await heir.OpenRunAsync("run");

        mine.StoredItems.ShouldBe(10);
        await mine.WriteAsync(Some.Batch(mine, 11, 1));
        await old.WriteAsync(Some.Batch(old, 11, 10)).AsTask().CatchAsync<LeaseLostException>();
        (await mine.ReadItemsAsync().ToListAsync()).Count.ShouldBe(11);
    }

    [Test]
    public async Task Are_told_what_to_do_where_the_old_owner_is_in_the_middle_of_a_write()
    {
        string first = await Roles.AddAsync(Server);
        string second = await Roles.AddAsync(Server);
        await using TestStore store = await TestStore.OpenAsync(Roles.As(Server, first, "Pooling=false"), time: new SteppedTime());
        await Roles.GrantAsync(Server, store.Schema, second);
        await using PostgreSqlCheckpointRun old = await store.OpenRunAsync();
        await using NpgsqlConnection blocker = await store.ConnectAsync();
        await using NpgsqlTransaction blocking = await blocker.BeginTransactionAsync();
        await blocker.CallAsync("LOCK TABLE steps IN SHARE MODE", CancellationToken.None);
        Task writing = old.WriteAsync(Some.Batch(old, 1, 10)).AsTask();
        while (await store.AskAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = (SELECT backend_pid FROM openings)") == 0)
            await Task.Yield();
        await store.ExpireAsync();
        await using PostgreSqlCheckpointStore heir = await PostgreSqlCheckpointStore.OpenAsync(Roles.As(Server, second), new PostgreSqlCheckpointOptions { Schema = store.Schema });

        NpgsqlException told = await Should.ThrowAsync<NpgsqlException>(async () => await heir.OpenRunAsync("run"));

        int pid = await store.AskAsync<int>("SELECT backend_pid FROM openings");
        told.Message.ShouldContain($"process id {pid} of the database server, role '{first}'");
        told.Message.ShouldContain("GRANT pg_signal_backend");
        told.InnerException.ShouldBeOfType<PostgresException>();
        await Roles.CallAsync(Server, $"GRANT pg_signal_backend, pg_read_all_stats TO {second}");
        // The old owner may come back over a new session, and keep the run, until the new one has it: not here.
        await Roles.CallAsync(Server, $"ALTER ROLE {first} NOLOGIN");
        await using ICheckpointRun mine = await heir.OpenRunAsync("run");
        await blocking.RollbackAsync();
        (await writing.CatchAsync<PostgresException>()).SqlState.ShouldBe(PostgresErrorCodes.AdminShutdown);
        await Roles.CallAsync(Server, $"ALTER ROLE {first} LOGIN");
        await old.WriteAsync(Some.Batch(old, 1, 10)).AsTask().CatchAsync<LeaseLostException>();
        (await mine.ReadItemsAsync().ToListAsync()).ShouldBeEmpty();
    }
}
