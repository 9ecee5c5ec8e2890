using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>There is no inversion, wherever items wait: in the front, for room in it, at a limit, in a feed call, after a retry.</summary>
public sealed class PriorityTests
{
    private const int Pending = 400;
    private const int First = -1;

    [Test]
    public async Task The_most_urgent_of_400_pending_items_is_always_the_next_one()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(gate, workers: 1, capacity: StageOptions.Unbounded);
        await FeedFirstAsync(run, gate);
        int[] priorities = RandomPriorities();
        await run.FeedAsync(priorities.Select((priority, i) => new WorkItem<int>(i) { Priority = priority }));
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        gate.Arrivals.Skip(1).ShouldBe(InOrder(priorities));
    }

    [Test]
    public async Task The_most_urgent_of_400_waiting_feeders_is_the_next_one()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = Start(gate, workers: 1, capacity: 1);
        await FeedFirstAsync(run, gate);
        int[] priorities = RandomPriorities();
        Task[] feeders = [.. priorities.Select((priority, i) => run.FeedOneAsync(i, priority))];
        feeders.Count(feeder => feeder.IsCompleted).ShouldBe(1, "the front holds one item; all others stand at its door");
        gate.OpenForAll();
        await Task.WhenAll(feeders).InTime();
        run.Complete();
        await run.Completion.InTime();

        gate.Arrivals.Skip(1).ShouldBe(InOrder(priorities));
    }

    [Test]
    public async Task At_a_full_door_the_most_urgent_item_of_workers_and_feeders_is_the_next_one()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 200, s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("B", async (int x) =>
            {
                await gate.PassAsync(x);
                return x;
            }, workers: 1, s => s.QueueCapacity = 1)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync("B", new[] { First });
        await gate.WhenArrivedAsync(1);
        int[] priorities = RandomPriorities();
        await run.FeedAsync(priorities.Take(200).Select((priority, i) => new WorkItem<int>(i) { Priority = priority }));
        Task[] feeders = [.. priorities.Skip(200).Select((priority, i) => run.FeedAsync("B", new[] { 200 + i }, priority))];
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == Pending);
        gate.OpenForAll();
        await Task.WhenAll(feeders).InTime();
        run.Complete();
        await run.Completion.InTime();

        gate.Arrivals.Skip(1).Select(x => priorities[x]).ShouldBeInOrder(SortDirection.Ascending);
    }

    [Test]
    public async Task At_a_task_limit_the_most_urgent_of_400_waiting_items_is_the_next_one()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("limited", async (int x) =>
        {
            await gate.PassAsync(x);
            return x;
        }, maxConcurrency: 1), workers: Pending + 1, s => s.QueueCapacity = StageOptions.Unbounded).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await FeedFirstAsync(run, gate);
        int[] priorities = RandomPriorities();
        await run.FeedAsync(priorities.Select((priority, i) => new WorkItem<int>(i) { Priority = priority }));
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == Pending);
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        gate.Arrivals.Skip(1).ShouldBe(InOrder(priorities));
        gate.MaxInsideCount.ShouldBe(1);
    }

    [Test]
    public async Task Items_that_come_back_keep_their_priority_and_their_ticket()
    {
        var time = new SteppedTime();
        var gate = new Gate<int>();
        int[] priorities = RandomPriorities();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", async (x, context) =>
        {
            if (x != First && context.Attempt == 1)
                throw new TimeoutException();
            await gate.PassAsync(x);
            return x;
        }, workers: 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1));
            s.MaxInFlight = Pending + 1;
            s.QueueCapacity = StageOptions.Unbounded;
        }).WithTimeProvider(time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(priorities.Select((priority, i) => new WorkItem<int>(i) { Priority = priority }));
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == Pending);
        await FeedFirstAsync(run, gate);
        await time.WhenPendingAsync(1);
        while (run.GetSnapshot().Retrying > 0)
            time.StepToNextTimer();
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        gate.Arrivals.Skip(1).ShouldBe(InOrder(priorities));
    }

    private static PipelineRun<int, int> Start(Gate<int> gate, int workers, int capacity) => PipelineBuilder.Stage<int, int>("A", async (int x) =>
    {
        await gate.PassAsync(x);
        return x;
    }, workers, s => s.QueueCapacity = capacity).Build().Start();

    // It keeps the one worker, or the one permit, until all others wait.
    private static async Task FeedFirstAsync(PipelineRun<int, int> run, Gate<int> gate)
    {
        await run.FeedOneAsync(First);
        await gate.WhenArrivedAsync(1);
    }

    // More than the 64 levels of a front.
    private static int[] RandomPriorities()
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, Pending).Select(_ => random.Next(0, 100))];
    }

    private static IEnumerable<int> InOrder(int[] priorities) => Enumerable.Range(0, priorities.Length).OrderBy(i => priorities[i]);
}
