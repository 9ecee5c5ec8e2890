using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

/// <summary>Owners that are real processes.</summary>
public sealed class OtherProcesses
{
    [Test]
    public async Task A_process_that_lives_keeps_its_run_and_is_named()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using OwnerProcess owner = await OwnerProcess.StartAsync(store);

        RunOwnedException refused = await store.OpenRunAsync().CatchAsync<RunOwnedException>();

        refused.Owner.ShouldStartWith($"process {owner.Pid} on {Environment.MachineName}");
        (await store.Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBe($"process {owner.Pid} on {Environment.MachineName}");
        await store.Store.DeleteRunAsync("run").AsTask().CatchAsync<RunOwnedException>();
        (await owner.AskAsync("write s:x")).ShouldBe("written");
    }

    [Test]
    public async Task A_process_that_was_killed_on_this_host_loses_its_run_at_once_and_leaves_its_marks()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using OwnerProcess owner = await OwnerProcess.StartAsync(store);
        (await owner.AskAsync("write s:x")).ShouldBe("written");
        (await owner.AskAsync("mark 0 s:x")).ShouldBe("marked");

        await owner.KillAsync();

        (await store.CountAsync("openings WHERE lease_until > clock_timestamp()")).ShouldBe(1);
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        run.StoredItems.ShouldBe(1);
        run.Interrupted.ShouldBe([new StartMark(owner.Epoch, 0, "s:x")]);
    }

    [Test]
    public async Task A_process_that_was_killed_on_another_host_keeps_its_run_until_its_lease_is_over()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using OwnerProcess owner = await OwnerProcess.StartAsync(store);
        await owner.KillAsync();
        await store.ChangeAsync("UPDATE openings SET host = 'far-away', process_space = 'elsewhere'");

        (await store.OpenRunAsync().CatchAsync<RunOwnedException>()).Owner.ShouldStartWith($"process {owner.Pid} on far-away");
        await store.ExpireAsync();

        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        run.Epoch.ShouldBeGreaterThan(owner.Epoch);
    }

    [Test]
    public async Task A_process_that_was_stopped_for_longer_than_its_lease_starts_and_writes_nothing_when_it_goes_on()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using OwnerProcess owner = await OwnerProcess.StartAsync(store, leaseSeconds: 3);
        (await owner.AskAsync("write s:before")).ShouldBe("written");
        (await owner.AskAsync("holds")).ShouldBe("yes");

        await owner.StopAsync();
        // Its own clock has to go on as well: these seconds are real ones.
        while (await store.CountAsync("openings WHERE lease_until > clock_timestamp()") > 0)
            await Task.Yield();
        await using PostgreSqlCheckpointRun mine = await store.OpenRunAsync();
        await owner.ContinueAsync();

        (await owner.AskAsync("holds")).ShouldBe("no");
        (await owner.AskAsync("write s:after")).ShouldBe(nameof(LeaseLostException));
        (await owner.AskAsync("mark 0 s:after")).ShouldBe(nameof(LeaseLostException));
        (await owner.AskAsync("lost")).ShouldBe("yes");
        (await mine.ReadItemsAsync().ToListAsync()).Select(item => item.Id).ShouldBe(["s:before"]);
        (await store.CountAsync("marks")).ShouldBe(0);
    }

    [Test]
    public async Task The_session_of_a_stopped_process_is_ended_in_the_middle_of_its_write_and_nothing_of_that_is_left()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using OwnerProcess owner = await OwnerProcess.StartAsync(store);
        // Somebody holds a table, and the write with it, which holds the row of the run.
        await using NpgsqlConnection blocker = await store.ConnectAsync();
        await using NpgsqlTransaction blocking = await blocker.BeginTransactionAsync();
        await blocker.CallAsync("LOCK TABLE items IN SHARE MODE", CancellationToken.None);
        Task<string> writing = owner.AskAsync("write s:x");
        while (await store.AskAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = (SELECT backend_pid FROM openings)") == 0)
            await Task.Yield();
        await owner.StopAsync();
        await store.ExpireAsync();

        await using PostgreSqlCheckpointRun mine = await store.OpenRunAsync();

        await blocking.RollbackAsync();
        await owner.ContinueAsync();
        (await writing).ShouldBe(nameof(LeaseLostException));
        (await store.CountAsync("items")).ShouldBe(0);
        await mine.WriteAsync(Some.Batch(mine, 1, 1));
    }
}
