using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>No stage waits for a group of items, and no item that may start waits while a worker is free.</summary>
public sealed class NoBarrierTests
{
    private const int Items = 300;

    [Test]
    public async Task Items_one_in_twenty_of_which_takes_twenty_times_as_long_end_exactly_when_an_ideal_schedule_ends([Range(1, 5)] int seed)
    {
        int[] workers = [10, 10, 5];
        long[][] durations = HeavyTailed(seed, workers.Length);
        var ideal = new IdealSchedule(durations, workers);
        var time = new SteppedTime();
        long start = time.GetTimestamp();
        var begins = new Dictionary<(int Stage, int Item), long>();

        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", (x, _) => SleepAsync(0, x), workers[0], s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("B", (x, _) => SleepAsync(1, x), workers[1], s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("C", (x, _) => SleepAsync(2, x), workers[2], s => s.QueueCapacity = StageOptions.Unbounded)
            .WithTimeProvider(time)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, Items));
        run.Complete();
        int ends = 0;
        foreach (int asleep in ideal.Asleep)
        {
            // Fewer than that would be a worker that is free while an item may start.
            await time.WhenPendingAsync(asleep);
            await Waiting.UntilAsync(() => run.GetSnapshot().Stages.Sum(stage => stage.Completed) == ends);
            time.StepToNextTimer();
            ends++;
        }

        PipelineReport<int> report = await run.Completion.InTime();
        report.SucceededCount.ShouldBe(Items);
        report.Elapsed.Ticks.ShouldBe(ideal.Makespan);
        begins.ShouldBe(ideal.Begins, ignoreOrder: true);

        async Task<int> SleepAsync(int stage, int item)
        {
            lock (begins)
                begins.Add((stage, item), time.GetTimestamp() - start);
            await Task.Delay(TimeSpan.FromTicks(durations[stage][item]), time);
            return item;
        }
    }

    [Test]
    public async Task Items_that_wait_for_their_next_attempt_hold_no_worker_where_MaxInFlight_is_higher()
    {
        var time = new SteppedTime();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", (x, context) => context.Attempt == 1 && x < 50 ? throw new TimeoutException() : x, workers: 1, s =>
        {
            s.MaxInFlight = 51;
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1));
            s.QueueCapacity = StageOptions.Unbounded;
        }).WithTimeProvider(time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 100));
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 50);

        run.GetSnapshot().Retrying.ShouldBe(50);
        run.Complete();
        PipelineReport<int> report = await time.DriveAsync(run.Completion);
        report.SucceededCount.ShouldBe(100);
    }

    [Test]
    public async Task One_slow_item_holds_up_no_other_one()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            if (x == 0)
                await gate.PassAsync(x);
            return x;
        }, workers: 2).Then("B", x => x).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 1000));
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 999);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(1000);
    }

    private static long[][] HeavyTailed(int seed, int stages)
    {
        var random = new Random(seed);
        // Hours in milliseconds, which is as fine as a delay can be: no two ends fall together.
        return [.. Enumerable.Range(0, stages).Select(_ => Enumerable.Range(0, Items)
            .Select(_ => random.NextInt64(10_000_000, 20_000_000) * (random.Next(20) == 0 ? 20 : 1) * TimeSpan.TicksPerMillisecond)
            .ToArray())];
    }
}
