using System.Collections.Concurrent;
using System.Diagnostics;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Items that ran at a crash: how many of them run together afterwards, and what becomes of them.</summary>
public sealed class SuspectTests
{
    private static readonly string[] _items = SuspectPool.Items(32);

    [Test]
    public async Task Of_32_items_that_ran_at_two_kills_8_run_at_once()
    {
        var pool = new SuspectPool(workers: 32);
        (await pool.CrashAsync(_items)).ShouldBe(32);
        (await pool.CrashAsync(_items)).ShouldBe(16);

        await using PipelineRun<string, string> run = await pool.StartAsync(_items);

        pool.Door.InsideCount.ShouldBe(8);
        StageSnapshot check = run.GetSnapshot().Stages[0];
        (check.Quarantined, check.InProgress, check.Queued).ShouldBe((24, 8, 0));
        check.Suspects.ShouldNotBeNull().ShouldSatisfyAllConditions(
            suspects => suspects.Running.ShouldBe(8), suspects => suspects.Quarantined.ShouldBe(24), suspects => suspects.MaxConcurrent.ShouldBe(8), suspects => suspects.Crashes.ShouldBe(2));
        run.GetSnapshot().Suspects.ShouldBe(check.Suspects);
        pool.Door.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(32);
        pool.Begun.Count.ShouldBe(32);
        run.GetSnapshot().Suspects.ShouldBeNull();
    }

    [Test]
    public async Task Six_kills_from_outside_fail_none_of_32_innocent_items()
    {
        var pool = new SuspectPool(workers: 32);
        for (int i = 0; i < 6; i++)
            await pool.CrashAsync(_items);

        (await pool.RowsAsync()).ShouldAllBe(row => row.State == StoredItemState.Unfinished);
        (await pool.FinishAsync(_items)).SucceededCount.ShouldBe(32);
    }

    [Test]
    public async Task One_item_that_crashes_the_process_fails_after_at_most_8_crashes_and_all_its_neighbours_succeed()
    {
        const string poison = "i13";
        var pool = new SuspectPool(workers: 32);
        int crashes = 0;
        while (true)
        {
            var touched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            pool.Body = async (item, token) =>
            {
                if (item == poison)
                {
                    touched.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                }

                await Task.Yield();
            };
            PipelineRun<string, string> run = pool.Start();
            await run.FeedAsync(_items).InTime();
            run.Complete();
            if (await Task.WhenAny(touched.Task, run.Completion).InTime() == run.Completion)
            {
                PipelineReport<string> report = await run.Completion;
                report.Results.Single(result => result.Status == ResultStatus.Failed).ItemId.ShouldBe((ItemId)poison);
                report.SucceededCount.ShouldBe(31);
                crashes.ShouldBeLessThanOrEqualTo(8);
                return;
            }

            await pool.KillAsync(run);
            (++crashes).ShouldBeLessThanOrEqualTo(8);
        }
    }

    [Test]
    public async Task The_last_suspect_fails_at_its_third_lone_crash_and_says_so()
    {
        var pool = new SuspectPool(workers: 4);
        (await pool.CrashAsync("a", "b", "c", "d")).ShouldBe(4);
        (await pool.CrashAsync("a", "b", "c", "d")).ShouldBe(2);
        for (int i = 0; i < 3; i++)
            (await pool.CrashAsync("a", "b", "c", "d")).ShouldBe(1);

        PipelineReport<string> report = await pool.FinishAsync("a", "b", "c", "d");

        PipelineResult<string> failed = report.Results.Single(result => result.Status == ResultStatus.Failed);
        StoredFailureException error = failed.Error.ShouldBeOfType<StoredFailureException>();
        error.OriginalType.ShouldBe("ProcessCrashed");
        error.Message.ShouldStartWith("The process crashed 5 times while stage 'Check' ran the item; at 3 of these crashes no other suspect ran (MaxCrashes is 3).");
        report.SucceededCount.ShouldBe(3);
        StoredItem row = await pool.RowAsync(failed.ItemId.ToString());
        (row.State, row.Crashes, row.LoneCrashes, row.MaxConcurrentSuspects).ShouldBe((StoredItemState.Failed, 5, 3, 0));
    }

    [Test]
    public async Task Items_that_are_no_suspects_are_never_held()
    {
        var pool = new SuspectPool(workers: 8);
        string[] suspects = SuspectPool.Items(8);
        for (int i = 0; i < 3; i++)
            await pool.CrashAsync(suspects);
        string[] fresh = SuspectPool.Items(7, "f");

        await using PipelineRun<string, string> run = await pool.StartAsync([.. suspects, .. fresh]);

        // One suspect, and every other worker has one that is none, though the suspects came first.
        pool.Begun.Count(fresh.Contains).ShouldBe(7);
        pool.Begun.Count(suspects.Contains).ShouldBe(1);
        run.GetSnapshot().Stages[0].Quarantined.ShouldBe(7);
    }

    [Test]
    public async Task An_item_that_passes_its_stage_is_no_suspect()
    {
        var pool = new SuspectPool(workers: 4);
        await pool.CrashAsync("a", "b");
        PipelineRun<string, string> run = await pool.StartAsync("a", "b");
        run.Pause("Save");
        pool.Door.OpenForAll();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 2);
        await pool.KillAsync(run);

        (await pool.RowsAsync()).ShouldAllBe(row => row.StageIndex == 1 && row.MaxConcurrentSuspects == 0 && row.LoneCrashes == 0 && row.Crashes == 0);
    }

    [Test]
    public async Task The_most_urgent_suspect_comes_first()
    {
        var pool = new SuspectPool(workers: 4);
        // Two that ran at a crash are alone from then on, each.
        (await pool.CrashAsync("a", "b")).ShouldBe(2);
        (await pool.CrashAsync("c", "d")).ShouldBe(2);
        PipelineRun<string, string> run = pool.Start();
        await using (run)
        {
            run.Pause("Check");
            await run.FeedAsync(["a", "b", "c", "d"]).InTime();
            run.Resume("Check");
            await pool.SettleAsync(run);
            for (int i = 1; i < 4; i++)
            {
                pool.Door.Open(pool.Begun.Last());
                await pool.Door.WhenArrivedAsync(i + 1).InTime();
            }

            // All have the same priority: in the order in which they were accepted, except for the first, which depends on which one arrived first.
            pool.Begun.Skip(1).ShouldBeInOrder();
            pool.Door.OpenForAll();
        }
    }

    [Test]
    public async Task A_held_item_holds_no_place_and_no_permit()
    {
        var pool = new SuspectPool(workers: 4) { Configure = options => options.MaxInFlight = 4, Limit = 2 };
        (await pool.CrashAsync("a", "b")).ShouldBe(2);
        await using PipelineRun<string, string> run = await pool.StartAsync("a", "b", "x", "y");
        StageSnapshot check = run.GetSnapshot().Stages[0];
        (check.Quarantined, check.InProgress).ShouldBe((1, 2));
        check.Limits[0].InUse.ShouldBe(2);

        string[] inside = [.. pool.Begun];
        pool.Door.Open(inside[0]);
        pool.Door.Open(inside[1]);
        await pool.Door.WhenArrivedAsync(4).InTime();

        pool.Door.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(4);
    }

    [Test]
    public async Task Held_items_take_no_more_places_than_there_are_when_they_come_back()
    {
        var pool = new SuspectPool(workers: 2) { Configure = options => options.MaxInFlight = 2 };
        string[] suspects = ["a", "b"];
        await pool.CrashAsync(suspects);
        PipelineRun<string, string> run = await pool.StartAsync([.. suspects, .. SuspectPool.Items(10)]);
        await using (run)
        {
            string suspect = pool.Begun.Single(suspects.Contains);
            pool.Door.Open(suspect);
            for (int i = 3; i <= 12; i++)
            {
                await pool.Door.WhenArrivedAsync(i).InTime();
                StageSnapshot check = run.GetSnapshot().Stages[0];
                (check.InProgress + check.Limited + check.Retrying).ShouldBeLessThanOrEqualTo(2);
                pool.Door.Open(pool.Begun.Last());
            }

            pool.Door.OpenForAll();
            run.Complete();
            (await run.Completion.InTime()).SucceededCount.ShouldBe(12);
            pool.Door.MaxInsideCount.ShouldBeLessThanOrEqualTo(2);
        }
    }

    [Test]
    public async Task A_suspect_that_comes_back_waits_for_a_place_that_items_between_two_attempts_hold()
    {
        var time = new SteppedTime();
        var pool = new SuspectPool(workers: 2) { Time = time, Configure = options => (options.MaxInFlight, options.Retry) = (2, RetryPolicy.Fixed(2, TimeSpan.FromMinutes(1))) };
        await pool.CrashAsync("a", "b");
        var door = new Gate<string>();
        var places = new ConcurrentQueue<long>();
        PipelineRun<string, string>? run = null;
        pool.Body = async (item, token) =>
        {
            StageSnapshot check = run!.GetSnapshot().Stages[0];
            places.Enqueue(check.InProgress + check.Limited + check.Retrying);
            await door.PassAsync(item, token);
            if (pool.Begun.Count <= 2)
                throw new IOException("once");
        };
        await using (run = pool.Start())
        {
            run.Pause("Check");
            await run.FeedAsync(["a", "b", "x"]).InTime();
            run.Resume("Check");
            run.Complete();
            await Waiting.UntilAsync(() => run.GetSnapshot().Quarantined == 1 && door.InsideCount == 2);
            string suspect = pool.Begun.Single(item => item != "x");
            door.Open("x");
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
            // Now both places are held by items that wait for their next attempt, and the other suspect comes back.
            door.Open(suspect);
            await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 2, Quarantined: 0 });
            door.OpenForAll();
            time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1));

            (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
            places.ShouldAllBe(count => count <= 2);
        }
    }

    [Test]
    public async Task An_item_is_not_forgotten_if_what_was_in_its_way_ends_before_it_is_put_aside()
    {
        var time = new HookedTime();
        var pool = new SuspectPool(workers: 2) { Time = time };
        await pool.CrashAsync("a", "b");
        await using PipelineRun<string, string> run = pool.Start();
        await run.FeedAsync(["a"]).InTime();
        await pool.Door.WhenArrivedAsync(1).InTime();
        time.InQuarantine = () =>
        {
            pool.Door.Open("a");
            SpinWait.SpinUntil(() => run.GetSnapshot().Succeeded == 1, TimeSpan.FromSeconds(60)).ShouldBeTrue();
        };

        await run.FeedAsync(["b"]).InTime();
        await pool.Door.WhenArrivedAsync(2).InTime();
        pool.Door.OpenForAll();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
        time.InQuarantine.ShouldBeNull();
    }

    [Test]
    public async Task A_suspect_that_fails_lets_another_one_start_and_its_next_attempt_asks_again()
    {
        var time = new SteppedTime();
        var pool = new SuspectPool(workers: 4) { Time = time, Configure = options => options.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMinutes(1)) };
        await pool.CrashAsync("a", "b");
        int failures = 0;
        var door = new Gate<string>();
        pool.Body = async (item, token) =>
        {
            await door.PassAsync(item, token);
            if (Interlocked.Increment(ref failures) == 1)
                throw new IOException("once");
        };
        await using PipelineRun<string, string> run = pool.Start();
        await run.FeedAsync(["a", "b"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Quarantined == 1);
        string first = pool.Begun.Single();

        door.Open(first);
        await door.WhenArrivedAsync(2).InTime();
        pool.Begun.Last().ShouldNotBe(first);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Quarantined: 1, Retrying: 0 });
        door.OpenForAll();
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
        pool.Begun.ShouldBe([first, pool.Begun.ElementAt(1), first]);
    }

    [Test]
    public async Task No_limit_of_time_runs_while_an_item_is_held()
    {
        var time = new SteppedTime();
        var pool = new SuspectPool(workers: 4)
        {
            Time = time,
            Configure = options => (options.Retry, options.ItemTimeout) = (RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1)), TimeSpan.FromMinutes(10)),
        };
        await pool.CrashAsync("a", "b");
        var door = new Gate<string>();
        var failed = new ConcurrentDictionary<string, bool>();
        pool.Body = async (item, token) =>
        {
            if (failed.IsEmpty && failed.TryAdd(item, true))
                throw new IOException("once");
            await door.PassAsync(item, failed.ContainsKey(item) ? token : CancellationToken.None);
        };
        await using PipelineRun<string, string> run = pool.Start();
        await run.FeedAsync(["a", "b"]).InTime();
        await door.WhenArrivedAsync(1).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        time.Advance(TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => run.GetSnapshot().Quarantined == 1);

        // The other one is past its time and does not end.
        time.Advance(TimeSpan.FromMinutes(20));
        await Waiting.UntilAsync(() => run.GetSnapshot().Overdue == 1);
        door.OpenForAll();
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.Single(result => failed.ContainsKey(result.ItemId.ToString())).Status.ShouldBe(ResultStatus.Succeeded);
    }

    /// <summary>A clock that does something when it is asked between the refusal of a suspect and its putting aside.</summary>
    private sealed class HookedTime : TimeProvider
    {
        private Action? _inQuarantine;

        public Action? InQuarantine
        {
            get => _inQuarantine;
            set => _inQuarantine = value;
        }

        public override long GetTimestamp()
        {
            if (_inQuarantine is not null && new StackTrace().ToString().Contains(".Quarantine(", StringComparison.Ordinal) && Interlocked.Exchange(ref _inQuarantine, null) is { } hook)
                hook();
            return base.GetTimestamp();
        }
    }

    [Test]
    public async Task A_suspect_that_goes_back_to_the_front_between_two_tasks_does_not_run_there_any_more_when_another_worker_takes_it()
    {
        var store = new FragileStore(new InMemoryCheckpointStore());
        PipelineRun<string, string> Start(Gate<string> door) => PipelineBuilder
            .Stage(Stage.CreateWithTasks<string, string>(
                "Check",
                tasks => tasks.TaskWithContext("one", async (string item, StageContext context) =>
                {
                    await door.PassAsync(item, context.CancellationToken);
                    return item;
                }).Task("two", (string item) => item),
                workers: 4))
            .IdentifyBy(item => item)
            .WithCheckpoints(store)
            .Build().Start(Lives.Nightly);
        var first = new Gate<string>();
        await using (PipelineRun<string, string> crashed = Start(first))
        {
            await crashed.FeedAsync(["a", "b", "c", "d"]).InTime();
            await first.WhenArrivedAsync(4).InTime();
            store.Kill();
        }

        var second = new Gate<string>();
        await using PipelineRun<string, string> run = Start(second);
        await run.FeedAsync(["a"]).InTime();
        await second.WhenArrivedAsync(1).InTime();
        run.Pause();
        int ended = 0;
        store.OnMarkEnded = () =>
        {
            // The item must not be in the front yet. If it is, another worker begins with it now.
            if (Interlocked.Increment(ref ended) != 1)
                return;
            run.GetSnapshot().Stages[0].Queued.ShouldBe(0);
            run.Resume();
        };
        second.OpenForAll();
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();
        (report.Fault, report.SucceededCount).ShouldBe((null, 1));
        ended.ShouldBeGreaterThan(0);
    }
}
