using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>In flight are at most the capacities, the workers, and the feed calls in progress, whatever the number of items.</summary>
public sealed class BackpressureTests
{
    private const int Capacity = 5;

    [Test]
    public async Task A_front_never_holds_more_than_its_capacity_and_one_item_of_each_worker_and_feed_call_before_it()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 3, s => s.QueueCapacity = Capacity)
            .Then("B", async (int x) =>
            {
                await gate.PassAsync(x);
                return x;
            }, workers: 2, s => s.QueueCapacity = Capacity).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        using var watching = new CancellationTokenSource();
        Task<(long A, long B)> watch = Task.Run(() => MostQueued(run, watching.Token));
        await run.FeedAsync("B", new[] { -1, -2 });
        await gate.WhenArrivedAsync(2);
        run.Pause("A");
        Task<long>[] feeds = [.. Enumerable.Range(0, 4).Select(i => Task.Run(() => i % 2 == 0
            ? run.FeedAsync(Enumerable.Range(0, 5000))
            : run.FeedAsync(Enumerable.Range(0, 5000).ToAsyncEnumerable())))];
        // Each of the four feed calls has placed the item it waits with.
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Queued == Capacity + 4);
        run.Resume("A");
        // And so has each of the three workers.
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 3);
        run.GetSnapshot().Stages[1].Queued.ShouldBe(Capacity + 3);
        feeds.ShouldAllBe(feed => !feed.IsCompleted);

        gate.OpenForAll();
        (await Task.WhenAll(feeds).InTime()).ShouldAllBe(placed => placed == 5000);
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(20_002);
        await watching.CancelAsync();
        (long a, long b) = await watch;
        a.ShouldBeLessThanOrEqualTo(Capacity + 4);
        b.ShouldBeLessThanOrEqualTo(Capacity + 3);
    }

    [Test]
    public async Task A_feeder_that_need_not_wait_is_done_at_once_and_one_that_must_is_told_when_its_item_is_taken()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(gate, capacity: 1);
        await run.FeedOneAsync(0);
        await gate.WhenArrivedAsync(1);
        run.FeedOneAsync(1).IsCompletedSuccessfully.ShouldBeTrue();
        run.TryFeedOne(9).ShouldBeFalse();
        Task waiting = run.FeedOneAsync(2, ItemPriority.High);
        waiting.IsCompleted.ShouldBeFalse();
        gate.Open(0);
        await waiting.InTime();
        gate.Arrivals[1].ShouldBe(2);
        gate.OpenForAll();
    }

    [Test]
    public async Task Whoever_waits_is_let_go_when_half_of_the_queue_is_free_though_his_item_still_waits()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(gate, capacity: 4);
        await run.FeedOneAsync(0);
        await gate.WhenArrivedAsync(1);
        await run.FeedAsync([1, 2, 3, 4]);
        Task waiting = run.FeedOneAsync(5, ItemPriority.Low);
        for (int taken = 1; taken <= 2; taken++)
        {
            gate.Open(taken - 1);
            await gate.WhenArrivedAsync(taken + 1);
            waiting.IsCompleted.ShouldBeFalse($"{5 - taken} of 4 places are taken");
        }

        gate.Open(2);
        await waiting.InTime();
        await gate.WhenArrivedAsync(4);
        gate.Arrivals.ShouldBe([0, 1, 2, 3]);
        run.GetSnapshot().Queued.ShouldBe(2);
        gate.OpenForAll();
    }

    [Test]
    public async Task A_feed_whose_token_is_canceled_while_it_waits_says_how_many_it_has_placed()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(gate, capacity: 1);
        await run.FeedOneAsync(0);
        await gate.WhenArrivedAsync(1);
        using var canceling = new CancellationTokenSource();
        Task<long> feeding = run.FeedAsync([1, 2, 3, 4], cancellationToken: canceling.Token);
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 3);
        await canceling.CancelAsync();

        (await CanceledAsync(feeding)).Accepted.ShouldBe(2);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).Results.Count.ShouldBe(3);
    }

    [Test]
    public async Task Canceling_a_waiting_feed_and_taking_its_item_at_the_same_instant_does_no_harm()
    {
        var gate = new Gate<int>();
        gate.OpenForAll();
        await using PipelineRun<int, int> run = Start(gate, capacity: 1);
        long accepted = 0;
        for (int round = 0; round < 2000; round++)
        {
            using var canceling = new CancellationTokenSource();
            Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 8), cancellationToken: canceling.Token);
            Task canceled = Task.Run(canceling.Cancel);
            try
            {
                accepted += await feeding.InTime();
            }
            catch (FeedCanceledException e)
            {
                accepted += e.Accepted;
            }
            catch (OperationCanceledException)
            {
                // Before the first item.
            }

            await canceled;
        }

        run.Complete();
        (await run.Completion.InTime()).Results.Count.ShouldBe((int)accepted);
    }

    [Test]
    public async Task Stopping_releases_the_feeders_and_canceling_the_workers_that_wait_at_a_door([Values] bool cancel)
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 3, s => s.QueueCapacity = 1)
            .Then("B", async (x, ct) =>
            {
                await gate.PassAsync(x, cancel ? ct : CancellationToken.None);
                return x;
            }, workers: 1, s => s.QueueCapacity = 1).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync("B", new[] { -1 });
        await gate.WhenArrivedAsync(1);
        Task<long>[] feeds = [.. Enumerable.Range(0, 4).Select(_ => run.FeedAsync(Enumerable.Range(0, 100)))];
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0] is { BlockedWorkers: 3, Queued: > 1 });
        if (cancel)
            _ = run.DisposeAsync().AsTask();
        else
            run.Stop(mode: StopMode.AfterItem);

        long accepted = 1;
        foreach (Task<long> feed in feeds)
            accepted += (await Should.ThrowAsync<PipelineClosedException>(feed.InTime())).Accepted;
        gate.OpenForAll();
        PipelineReport<int> report = await run.Completion.InTime();
        report.Results.Count.ShouldBe((int)accepted);
        report.SucceededCount.ShouldBe(cancel ? 0 : 5);
    }

    // Shouldly would give a copy of what a canceled task throws.
    private static async Task<FeedCanceledException> CanceledAsync(Task feeding)
    {
        try
        {
            await feeding.InTime();
        }
        catch (FeedCanceledException e)
        {
            return e;
        }

        throw new AssertionException("The feed was not canceled.");
    }

    private static PipelineRun<int, int> Start(Gate<int> gate, int capacity) => PipelineBuilder.Stage<int, int>("A", async (int x) =>
    {
        await gate.PassAsync(x);
        return x;
    }, workers: 1, s => s.QueueCapacity = capacity).Build().Start();

    private static (long A, long B) MostQueued(PipelineRun<int, int> run, CancellationToken cancellationToken)
    {
        long a = 0;
        long b = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            PipelineSnapshot now = run.GetSnapshot();
            a = Math.Max(a, now.Stages[0].Queued);
            b = Math.Max(b, now.Stages[1].Queued);
            Thread.Yield();
        }

        return (a, b);
    }
}
