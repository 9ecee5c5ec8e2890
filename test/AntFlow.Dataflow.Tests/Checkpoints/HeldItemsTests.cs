using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Items that are held when the run is paused, stopped or canceled, or when another stage has suspects, too.</summary>
public sealed class HeldItemsTests
{
    [Test]
    public async Task A_canceled_run_ends_held_items_Canceled_and_starts_none()
    {
        var pool = new SuspectPool(workers: 4);
        await pool.CrashAsync("a", "b");
        await using PipelineRun<string, string> run = await pool.StartAsync("a", "b");
        run.GetSnapshot().Quarantined.ShouldBe(1);

        run.Cancel();

        PipelineReport<string> report = await run.Completion.InTime();
        report.CanceledCount.ShouldBe(2);
        pool.Begun.Count.ShouldBe(1);
        report.Snapshot.Quarantined.ShouldBe(0);
        (await pool.RowsAsync()).ShouldAllBe(row => row.MaxConcurrentSuspects == 1);
    }

    [TestCase(StopMode.AfterStage)]
    [TestCase(StopMode.AfterItem)]
    public async Task A_stopped_run_ends_held_items_that_have_not_started_and_lets_those_that_run_finish(StopMode mode)
    {
        var pool = new SuspectPool(workers: 4);
        await pool.CrashAsync("a", "b");
        await using PipelineRun<string, string> run = await pool.StartAsync("a", "b");

        run.Stop(mode: mode);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Quarantined: 0, Canceled: 1 });
        pool.Door.OpenForAll();

        PipelineReport<string> report = await run.Completion.InTime();
        (report.SucceededCount + report.CanceledCount, pool.Begun.Count).ShouldBe((2, 1));
    }

    [Test]
    public async Task A_held_item_that_has_started_comes_back_and_finishes_while_the_run_is_being_stopped()
    {
        var store = new FragileStore(new InMemoryCheckpointStore());
        var door = new Gate<string>();
        await CrashAsync();
        door = new Gate<string>();
        await using PipelineRun<string, string> run = Make(workers: 1).Start(Lives.Nightly);
        await run.FeedAsync(["a"]).InTime();
        await door.WhenArrivedAsync(1).InTime();
        // Between its tasks it goes back to the front, and the more urgent one overtakes it there.
        run.Pause();
        await run.FeedAsync([new WorkItem<string>("b") { Priority = -1 }]).InTime();
        door.Open("1 a");
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Queued: 2, InProgress: 0 });
        run.Resume();
        await door.WhenArrivedAsync(2).InTime();
        run.SetWorkers("S", 2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Quarantined == 1);

        run.Stop();
        run.GetSnapshot().Quarantined.ShouldBe(1);
        door.OpenForAll();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
        door.Arrivals.ShouldBe(["1 a", "1 b", "2 b", "2 a"]);

        Pipeline<string, string> Make(int workers) => PipelineBuilder
            .Stage(Stage.CreateWithTasks<string, string>("S", tasks => tasks.TaskWithContext("1", (string item, StageContext context) => PassAsync("1", item, context)).TaskWithContext("2", (string item, StageContext context) => PassAsync("2", item, context)), workers, options => options.MaxInFlight = 2))
            .IdentifyBy(item => item)
            .WithCheckpoints(store)
            .Build();

        async Task<string> PassAsync(string task, string item, StageContext context)
        {
            await door.PassAsync($"{task} {item}", context.CancellationToken);
            return item;
        }

        async Task CrashAsync() => await Make(workers: 2).DieAsync(store, door.WhenArrivedAsync(2), "a", "b");
    }

    [Test]
    public async Task A_paused_stage_holds_no_suspect_of_another_stage_back()
    {
        var pool = new TwoStages();
        await pool.CrashInBothAsync("b", "a", "x");
        await using PipelineRun<string, string> run = pool.Start();
        run.Pause("A");
        await run.FeedAsync(["b", "a", "x"]).InTime();

        // Whatever was released in A stands in its front, and has no permit.
        await pool.Door.WhenArrivedAsync(1).InTime();
        pool.Door.Arrivals.ShouldBe(["B b"]);
        pool.Door.OpenForAll();
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
        run.Resume("A");
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task Suspects_are_counted_over_all_stages()
    {
        var pool = new TwoStages();
        await pool.CrashInBothAsync("b", "a", "x");
        await using PipelineRun<string, string> run = pool.Start();
        await run.FeedAsync(["b", "a", "x"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Quarantined: 2, InProgress: 1 });

        PipelineSnapshot now = run.GetSnapshot();
        now.Suspects!.ShouldSatisfyAllConditions(all => all.Running.ShouldBe(1), all => all.Quarantined.ShouldBe(2), all => all.MaxConcurrent.ShouldBe(1), all => all.Crashes.ShouldBe(1));
        pool.Door.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
        pool.MostTogether.ShouldBe(1);
    }

    [Test]
    public async Task An_item_that_only_tells_OnSuccess_again_is_not_held()
    {
        var pool = new TwoStages { Tells = true };
        // Both are suspects in B, and of both the end of A is told again.
        await pool.CrashInBAsync("a", "b");
        pool.Told.Clear();
        await using PipelineRun<string, string> run = pool.Start();
        await run.FeedAsync(["a", "b"]).InTime();

        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Quarantined == 1);
        pool.Told.ShouldBe(["a", "b"], ignoreOrder: true);
        pool.Door.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task An_item_whose_delay_of_an_earlier_run_is_over_asks_like_any_other()
    {
        var time = new SteppedTime();
        var pool = new SuspectPool(workers: 4) { Time = time, Configure = options => options.Retry = RetryPolicy.Fixed(5, TimeSpan.FromMinutes(1)) };
        await pool.CrashAsync("a", "b");
        pool.Body = (_, _) => throw new IOException("down");
        PipelineRun<string, string> failing = pool.Start();
        await failing.FeedAsync(["a", "b"]).InTime();
        await Waiting.UntilAsync(() => failing.GetSnapshot().Retrying == 2);
        while ((await pool.RowsAsync()).Any(row => row.NextAttemptAt is null))
            await Task.Yield();
        await pool.KillAsync(failing);
        pool.Body = null;

        await using PipelineRun<string, string> run = pool.Start();
        await run.FeedAsync(["a", "b"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 2);
        time.Advance(TimeSpan.FromMinutes(2));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Quarantined: 1, InProgress: 1, Retrying: 0 });
        pool.Door.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task More_workers_do_not_let_more_suspects_run_and_fewer_lose_none()
    {
        var pool = new SuspectPool(workers: 4);
        await pool.CrashAsync("a", "b", "c", "d");
        await using PipelineRun<string, string> run = await pool.StartAsync("a", "b", "c", "d");
        run.SetWorkers("Check", 16);
        run.SetWorkers("Check", 1);
        pool.Door.InsideCount.ShouldBe(2);
        pool.Door.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(4);
        pool.Door.MaxInsideCount.ShouldBe(2);
    }

    [Test]
    public async Task A_run_that_is_abandoned_has_a_result_for_every_held_item()
    {
        var time = new SteppedTime();
        var pool = new SuspectPool(workers: 4) { Time = time };
        await pool.CrashAsync("a", "b");
        var stuck = new TaskCompletionSource();
        pool.Body = (_, _) => stuck.Task;
        PipelineRun<string, string> run = pool.Start();
        await run.FeedAsync(["a", "b"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Quarantined == 1);

        run.Cancel();
        await Waiting.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(31));
            return run.Completion.IsCompleted;
        });

        (await run.Completion).CanceledCount.ShouldBe(2);
        stuck.SetResult();
    }
}
