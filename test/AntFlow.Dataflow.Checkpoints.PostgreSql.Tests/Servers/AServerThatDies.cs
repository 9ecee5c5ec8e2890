using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Servers;

/// <summary>A server of their own, which they stop where it stands.</summary>
public sealed class AServerThatDies : OwnServerTests
{
    [Test]
    public async Task In_the_middle_of_writes_loses_nothing_and_doubles_nothing_of_what_is_written_again()
    {
        const int Batches = 60, Size = 50;
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString);
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        var underway = new TaskCompletionSource();
        var restarted = new TaskCompletionSource();

        Task<int> writing = Task.Run(() => WriteAsync(run, Batches, Size, underway, restarted.Task));
        await underway.Task.InTime();
        await Server.StopImmediateAsync();
        await Server.RestartAsync();
        restarted.SetResult();

        (await writing.InTime()).ShouldBeGreaterThan(0);
        List<StoredItem> items = await run.ReadItemsAsync().ToListAsync();
        items.Select(item => item.Sequence).ShouldBe(Enumerable.Range(0, Batches * Size).Select(number => (long)number));
        items.ShouldAllBe(item => item.LastStep != null);
        (await store.CountAsync("steps")).ShouldBe(Batches * Size);
        run.Lost.IsCancellationRequested.ShouldBeFalse();
        run.IsOwned.ShouldBeTrue();
        await store.OpenRunAsync().CatchAsync<RunOwnedException>();
    }

    [Test]
    public async Task Is_asked_again_by_whoever_notes_and_reads()
    {
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString);
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await run.WriteAsync(Some.Batch(run, 1, 1));
        await run.MarkStartedAsync(0, 0, "n:1");
        (await run.FindItemAsync("n:1")).ShouldNotBeNull();
        await Server.StopImmediateAsync();

        await Should.ThrowAsync<NpgsqlException>(async () => await run.MarkStartedAsync(1, 0, "n:2"));
        await Server.RestartAsync();

        await run.MarkStartedAsync(1, 0, "n:2");
        (await run.FindItemAsync("n:1")).ShouldNotBeNull();
        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(1);
        (await store.CountAsync("marks WHERE slot = 1 AND id = 'n:2'")).ShouldBe(1);
    }

    [Test]
    public async Task And_stays_away_for_longer_than_a_lease_has_taken_nothing_away_and_is_reported_meanwhile()
    {
        var time = new SteppedTime();
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString, time: time);
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        var reports = new System.Collections.Concurrent.ConcurrentQueue<Exception?>();
        run.ReportTroubleTo(reports.Enqueue);
        await Server.StopImmediateAsync();

        time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => !reports.IsEmpty);
        time.Advance(TimeSpan.FromMinutes(4));
        run.IsOwned.ShouldBeFalse();
        run.Lost.IsCancellationRequested.ShouldBeFalse();
        Task waiting = run.WaitUntilOwnedAsync().AsTask();
        await Server.RestartAsync();

        // What takes its time is real: only pauses are stepped over, and not the time that an answer may take.
        while (!waiting.IsCompleted)
        {
            if (time.NextDue <= TimeSpan.FromSeconds(2))
                time.StepToNextTimer();
            await Task.Yield();
        }

        await waiting;
        run.IsOwned.ShouldBeTrue();
        await Waiting.UntilAsync(() => reports.LastOrDefault() is null);
        reports.First().ShouldNotBeNull();
        await run.WriteAsync(Some.Batch(run, 1, 1));
        await run.MarkStartedAsync(0, 0, "n:1");
    }

    [Test]
    public async Task Is_not_waited_for_when_a_run_is_given_up()
    {
        await using TestStore store = await TestStore.OpenAsync(Server.ConnectionString);
        PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await Server.StopImmediateAsync();

        await run.DisposeAsync().AsTask().InTime();
        await Server.RestartAsync();

        // Nobody could be told, so the lease goes on.
        await store.OpenRunAsync().CatchAsync<RunOwnedException>();
    }

    /// <summary>Writes batches one after another, each until it is written. Returns how many attempts failed.</summary>
    private static async Task<int> WriteAsync(PostgreSqlCheckpointRun run, int batches, int size, TaskCompletionSource underway, Task restarted)
    {
        int failures = 0;
        for (int number = 0; number < batches; number++)
        {
            CheckpointBatch batch = Some.Batch(run, (uint)(number * size), size);
            while (true)
            {
                try
                {
                    await run.WriteAsync(batch);
                    break;
                }
                catch (NpgsqlException)
                {
                    failures++;
                    await restarted;
                }
            }

            if (number == 5)
                underway.SetResult();
            // The last batches wait for the end of the server: it must not come too late.
            if (number == batches - 10 && failures == 0)
                await restarted;
        }

        return failures;
    }
}
