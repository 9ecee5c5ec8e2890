using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

public sealed class TakingOver
{
    [Test]
    public async Task A_run_is_refused_while_its_lease_holds_and_the_error_says_who_has_it_and_until_when()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();

        RunOwnedException refused = await store.OpenRunAsync().CatchAsync<RunOwnedException>();

        string until = await store.AskAsync<string>("SELECT to_char(lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM openings");
        refused.Owner.ShouldBe($"process {Environment.ProcessId} on {Environment.MachineName}, whose lease holds until {until} UTC by the clock of the server unless it is renewed");
        refused.Message.ShouldContain(refused.Owner);
    }

    [Test]
    public async Task Another_takes_over_once_the_lease_is_over_by_the_clock_of_the_server_and_the_old_owner_writes_nothing_more()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun old = await store.OpenRunAsync();
        await old.WriteAsync(Some.Batch(old, 1, 10));
        await store.ExpireAsync();

        await using PostgreSqlCheckpointRun mine = await store.OpenRunAsync();

        mine.Epoch.ShouldBeGreaterThan(old.Epoch);
        mine.StoredItems.ShouldBe(10);
        // By its own clock the old owner has the run still. The write tells it otherwise, at the first attempt.
        old.IsOwned.ShouldBeTrue();
        await old.WriteAsync(Some.Batch(old, 5, 10)).AsTask().CatchAsync<LeaseLostException>();
        old.IsOwned.ShouldBeFalse();
        await Waiting.UntilAsync(() => old.Lost.IsCancellationRequested);
        (await store.CountAsync("items")).ShouldBe(10);
        (await store.CountAsync("steps")).ShouldBe(10);
        await mine.WriteAsync(Some.Batch(mine, 11, 5));
        (await store.CountAsync("items")).ShouldBe(15);
    }

    [Test]
    public async Task A_lease_that_is_renewed_after_all_is_not_taken_over()
    {
        var time = new SteppedTime();
        await using TestStore store = await TestStore.OpenAsync(time: time);
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await store.ExpireAsync();

        await time.StepAsync(10);
        while (await store.CountAsync("openings WHERE lease_until > clock_timestamp()") == 0)
            await Task.Yield();

        (await store.AskAsync<double>("SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM openings")).ShouldBeInRange(20, 30);
        await store.OpenRunAsync().CatchAsync<RunOwnedException>();
        await run.WriteAsync(Some.Batch(run, 1, 1));
    }

    [Test]
    public async Task A_renewal_finds_that_another_has_the_run()
    {
        var time = new SteppedTime();
        await using TestStore store = await TestStore.OpenAsync(time: time);
        await using PostgreSqlCheckpointStore other = await store.OpenAgainAsync();
        await using PostgreSqlCheckpointRun old = await store.OpenRunAsync();
        await store.ExpireAsync();
        await using ICheckpointRun mine = await other.OpenRunAsync("run");

        await time.StepAsync(10);

        await Waiting.UntilAsync(() => old.Lost.IsCancellationRequested);
        old.IsOwned.ShouldBeFalse();
        mine.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task Giving_a_run_up_frees_it_at_once()
    {
        await using TestStore store = await TestStore.OpenAsync();
        PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await run.MarkStartedAsync(0, 0, "n:1");

        await run.DisposeAsync();

        (await store.CountAsync("openings WHERE ended_at IS NULL")).ShouldBe(0);
        (await store.CountAsync("marks")).ShouldBe(0);
        (await store.Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBeNull();
    }

    [Test]
    public async Task A_session_that_breaks_is_made_anew_and_the_run_stays_with_its_owner()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await run.MarkStartedAsync(0, 0, "n:1");
        await store.ChangeAsync("SELECT pg_terminate_backend(backend_pid, 60000) FROM openings");

        CheckpointBatch batch = Some.Batch(run, 1, 10);
        await Should.ThrowAsync<NpgsqlException>(async () => await run.WriteAsync(batch));
        await run.WriteAsync(batch);

        (await store.CountAsync("items")).ShouldBe(10);
        (await store.CountAsync("openings o JOIN pg_stat_activity a ON a.pid = o.backend_pid AND a.backend_start = o.backend_start")).ShouldBe(1);
        run.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task The_marks_of_one_who_is_the_owner_no_more_are_not_noted()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun old = await store.OpenRunAsync();
        await store.ExpireAsync();
        await using PostgreSqlCheckpointRun mine = await store.OpenRunAsync();

        await old.MarkStartedAsync(0, 0, "n:1").AsTask().CatchAsync<LeaseLostException>();

        (await store.CountAsync("marks")).ShouldBe(0);
        await Waiting.UntilAsync(() => old.Lost.IsCancellationRequested);
    }

    [Test]
    public async Task A_run_that_was_deleted_under_its_owner_takes_no_more()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await run.WriteAsync(Some.Batch(run, 1, 10));
        await store.ExpireAsync();

        (await store.Store.DeleteRunAsync("run")).ShouldBeTrue();

        await run.WriteAsync(Some.Batch(run, 11, 10)).AsTask().CatchAsync<LeaseLostException>();
        foreach (string table in (string[])["runs", "openings", "items", "steps", "marks"])
            (await store.CountAsync(table)).ShouldBe(0, table);
    }
}
