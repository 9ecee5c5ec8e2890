using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>Leaving a loop and waking one are decided where the front was seen: no item is ever left without a worker.</summary>
public sealed class WakingTests
{
    [Test]
    public async Task An_item_that_arrives_while_the_last_worker_leaves_is_taken()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Then("B", x => x, workers: 2).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        run.BeginReading();
        await using IAsyncEnumerator<PipelineResult<int>> results = run.ReadResultsAsync().GetAsyncEnumerator();
        for (int i = 0; i < 20_000; i++)
        {
            await run.FeedOneAsync(i);
            (await results.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
            results.Current.Value.ShouldBe(i);
        }
    }

    [Test]
    public async Task A_burst_wakes_all_workers_one_after_the_other()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await gate.PassAsync(x);
            return x;
        }, workers: 100, s => s.QueueCapacity = StageOptions.Unbounded).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 150));
        await gate.WhenArrivedAsync(100);

        run.GetSnapshot().InProgress.ShouldBe(100);
        run.GetSnapshot().Queued.ShouldBe(50);
        gate.OpenForAll();
    }

    [Test]
    public async Task Resuming_wakes_the_workers()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(gate, workers: 3);
        run.Pause();
        run.Pause("A");
        await run.FeedAsync(Enumerable.Range(0, 3));
        run.Resume();
        run.GetSnapshot().Queued.ShouldBe(3, "the stage has a pause of its own");
        run.Resume("A");
        await gate.WhenArrivedAsync(3);
        gate.OpenForAll();
    }

    [Test]
    public async Task Raising_the_number_of_workers_wakes_the_new_ones()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(gate, workers: 1);
        await run.FeedAsync(Enumerable.Range(0, 5));
        await gate.WhenArrivedAsync(1);
        run.SetWorkers("A", 4);
        await gate.WhenArrivedAsync(4);

        run.GetSnapshot().Queued.ShouldBe(1);
        gate.OpenForAll();
    }

    [Test]
    public async Task A_place_that_is_freed_lets_the_next_item_start()
    {
        var time = new SteppedTime();
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await gate.PassAsync(x);
            return x == 0 ? throw new TimeoutException() : x;
        }, workers: 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1));
            s.MaxInFlight = 1;
        }).WithTimeProvider(time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync([0, 1]);
        gate.OpenForAll();
        await time.WhenPendingAsync(1);
        gate.Arrivals.ShouldBe([0], "item 0 waits for its next attempt and holds the one place");
        run.Complete();
        PipelineReport<int> report = await time.DriveAsync(run.Completion);

        gate.Arrivals.ShouldBe([0, 0, 1]);
        report.FailedCount.ShouldBe(1);
    }

    [Test]
    public async Task A_worker_that_waits_for_room_has_freed_its_place()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 1)
            .Then("B", async (int x) =>
            {
                await gate.PassAsync(x);
                return x;
            }, workers: 1, s => s.QueueCapacity = 1).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedOneAsync(0);
        await gate.WhenArrivedAsync(1);
        await run.FeedAsync([1, 2, 3]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 1);

        // The one worker of A waits for room in B: a second one finds the place free.
        run.SetWorkers("A", 2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 2);
        run.GetSnapshot().Stages[1].Queued.ShouldBe(3);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(4);
    }

    [Test]
    public async Task A_block_that_refuses_an_activation_is_a_fault()
    {
        var faulted = new TaskCompletionSource<Exception>();
        var host = new WorkerHost(1, Task.FromResult, faulted.SetResult);
        host.Complete();
        host.Activate();

        (await faulted.Task.InTime()).ShouldBeOfType<InvalidOperationException>();
    }

    [Test]
    public async Task A_block_that_faults_is_a_fault()
    {
        var faulted = new TaskCompletionSource<Exception>();
        var host = new WorkerHost(1, _ => throw new InvalidTimeZoneException(), faulted.SetResult);
        host.Activate();

        (await faulted.Task.InTime()).GetBaseException().ShouldBeOfType<InvalidTimeZoneException>();
    }

    private static PipelineRun<int, int> Start(Gate<int> gate, int workers) => PipelineBuilder.Stage<int, int>("A", async (int x) =>
    {
        await gate.PassAsync(x);
        return x;
    }, workers).Build().Start();
}
