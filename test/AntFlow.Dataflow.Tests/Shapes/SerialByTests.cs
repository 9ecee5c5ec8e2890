using System.Collections.Concurrent;
using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>With <c>SerialBy</c>, one item of a key at a time is in the stage; items of other keys do not wait for it.</summary>
public sealed class SerialByTests
{
    [Test]
    public async Task One_item_of_a_key_at_a_time_is_in_the_stage_and_others_pass_it()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Make(gate, workers: 4).Start();
        await run.FeedAsync([10, 11, 12, 20, 30]);
        await gate.WhenArrivedAsync(3);

        gate.Arrivals.ShouldBe([10, 20, 30], ignoreOrder: true);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].AwaitingKey == 2);
        StageSnapshot stage = run.GetSnapshot().Stages[0];
        (stage.Queued, stage.InProgress, stage.Workers).ShouldBe((2, 3, 4));
        gate.Open(10);
        await gate.WhenArrivedAsync(4);
        gate.Arrivals[3].ShouldBe(11);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion).SucceededCount.ShouldBe(5);
        gate.Arrivals[4].ShouldBe(12);
    }

    [Test]
    public async Task Among_those_that_wait_for_a_key_the_most_urgent_one_gets_it()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Make(gate, workers: 2).Start();
        await run.FeedAsync([new WorkItem<int>(10)]);
        await gate.WhenArrivedAsync(1);
        await run.FeedAsync([new WorkItem<int>(11) { Priority = 5 }, new WorkItem<int>(12) { Priority = -5 }, new WorkItem<int>(13) { Priority = -5 }]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].AwaitingKey == 3);

        gate.OpenForAll();
        run.Complete();
        await run.Completion;

        gate.Arrivals.ShouldBe([10, 12, 13, 11]);
    }

    [Test]
    public async Task An_item_keeps_its_key_while_it_waits_for_its_next_attempt()
    {
        var time = new SteppedTime();
        List<int> calls = [];
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("Save", x =>
        {
            calls.Add(x);
            return calls.Count == 1 ? throw new IOException("busy") : x;
        }, workers: 2, s =>
        {
            s.SerialBy = x => x / 10;
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMinutes(1));
        }).WithTimeProvider(time).Build().Start();
        await run.FeedAsync([10, 11]);
        run.Complete();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 1, Queued: 1 });

        await time.DriveAsync(run.Completion);

        calls.ShouldBe([10, 10, 11]);
    }

    [Test]
    public async Task Items_without_a_key_wait_for_none()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Make(gate, workers: 3, key: _ => default).Start();
        await run.FeedAsync([10, 11, 12]);
        await gate.WhenArrivedAsync(3);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task An_item_whose_key_cannot_be_found_fails_and_holds_nothing_up()
    {
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("Save", x => x, workers: 2, s => s.SerialBy = x => x == 1 ? throw new FormatException("no key") : x).RunAsync([1, 2, 3]);

        report.Results.Select(result => result.Status).ShouldBe([ResultStatus.Failed, ResultStatus.Succeeded, ResultStatus.Succeeded]);
        report.Results[0].Error.ShouldBeOfType<FormatException>();
        report.Errors.FirstFailedItems.Single().Function.ShouldBe("SerialBy");
    }

    [Test]
    public async Task Items_that_wait_for_a_key_fill_the_queue()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Make(gate, workers: 2, capacity: 3).Start();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(10, 9));
        await gate.WhenArrivedAsync(1);
        // One is in progress. What waits is bounded by the capacity and by what workers and feeders had in hand.
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].AwaitingKey >= 3);
        run.GetSnapshot().Queued.ShouldBeLessThan(8);
        feeding.IsCompleted.ShouldBeFalse();

        gate.OpenForAll();
        await feeding;
        run.Complete();
        (await run.Completion).SucceededCount.ShouldBe(9);
    }

    [Test]
    public async Task A_stop_and_a_cancel_end_what_waits_for_a_key([Values] bool cancels)
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Make(gate, workers: 2).Start();
        await run.FeedAsync([10, 11, 12]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].AwaitingKey == 2 && gate.Arrivals.Count == 1);
        if (cancels)
            run.Cancel();
        else
            run.Stop();
        gate.OpenForAll();

        PipelineReport<int> report = await run.Completion;

        (report.SucceededCount + report.CanceledCount, report.Results.Count).ShouldBe((3, 3));
        // The one that has the key may come to its end all the same.
        report.CanceledCount.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Test]
    public async Task A_poll_keeps_its_key_between_two_looks()
    {
        var time = new SteppedTime();
        var looks = new ConcurrentQueue<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.Of<int>().ThenPoll("Wait", x =>
        {
            looks.Enqueue(x);
            return looks.Count(look => look == x) < 3 ? Poll.Again : Poll.Done(x);
        }, TimeSpan.FromSeconds(10), workers: 2, s => s.SerialBy = x => x / 10).WithTimeProvider(time).Build().Start();
        await run.FeedAsync([10, 11]);
        run.Complete();

        (await time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(2);

        looks.ShouldBe([10, 10, 10, 11, 11, 11]);
    }

    [Test]
    public async Task Whatever_happens_no_two_items_of_a_key_are_in_the_stage_and_each_ends()
    {
        // More runs at once than cores.
        for (int seed = 0; seed < 150; seed += 10)
            await Task.WhenAll(Enumerable.Range(seed, 10).Select(PlayAsync));
    }

    // Random keys, priorities, faults, skips, limits and ends of the run, with capacities and workers of one, too.
    private static async Task PlayAsync(int seed)
    {
        var dice = Dice.Of(seed);
        var inside = new ConcurrentDictionary<int, int>();
        var overlaps = new ConcurrentQueue<string>();
        int keys = dice.Between(1, 5);
        int items = dice.Between(1, 200);
        int endAfter = dice.OneIn(3) ? dice.Below(items) : int.MaxValue;
        bool stops = dice.OneIn(2);
        bool isStored = dice.OneIn(3);
        int workers = dice.Pick(1, 2, 8);
        PipelineRun<int, int>? running = null;
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("Save", tasks => tasks.Task("save", async (int x, CancellationToken ct) =>
        {
            int key = x % keys;
            if (!inside.TryAdd(key, x))
                overlaps.Enqueue($"{x} beside {inside[key]}");
            try
            {
                if (x % 3 == 0)
                    await Task.Yield();
                if (x == endAfter)
                    _ = Task.Run(() => { if (stops) running!.Stop(mode: x % 2 == 0 ? StopMode.AfterItem : StopMode.AfterStage); else running!.Cancel(); }, CancellationToken.None);
                return x % 7 == 0 ? throw new IOException("again") : x;
            }
            finally
            {
                inside.TryRemove(key, out _);
            }
        }, maxConcurrency: dice.OneIn(3) ? 1 : null), workers, s =>
        {
            s.SerialBy = x => x % keys;
            s.QueueCapacity = dice.Pick(1, 3, 100);
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMilliseconds(1));
            if (dice.OneIn(3))
                s.SkipIf = x => x % 11 == 0;
        }).Then("Next", x => x, workers: 1, s => s.QueueCapacity = 1);
        if (isStored)
            builder = builder.IdentifyBy(x => x).WithCheckpoints(new InMemoryCheckpointStore());
        running = builder.Build().Start(new RunOptions { RunId = $"serial-{seed}" });
        await using (running)
        {
            try
            {
                await running.FeedAsync(Enumerable.Range(0, items).Select(x => new WorkItem<int>(x) { Id = x, Priority = dice.Below(3) }));
            }
            catch (PipelineClosedException)
            {
                // The run was ended meanwhile.
            }

            running.Complete();
            PipelineReport<int> report = await running.Completion.InTime($"seed {seed}");
            overlaps.ShouldBeEmpty($"seed {seed}");
            report.Results.Count.ShouldBe((int)report.Snapshot.Fed, $"seed {seed}");
            StageSnapshot stage = report.Snapshot.Stages[0];
            (stage.Queued, stage.AwaitingKey, stage.InProgress, stage.Retrying).ShouldBe((0, 0, 0, 0), $"seed {seed}");
        }
    }

    private static Pipeline<int, int> Make(Gate<int> gate, int workers, Func<int, ItemId>? key = null, int? capacity = null) => PipelineBuilder.Stage<int, int>("Save", async (x, ct) =>
    {
        await gate.PassAsync(x, ct);
        return x;
    }, workers, s =>
    {
        s.SerialBy = key ?? (x => x / 10);
        s.QueueCapacity = capacity ?? s.QueueCapacity;
    }).Build();
}
