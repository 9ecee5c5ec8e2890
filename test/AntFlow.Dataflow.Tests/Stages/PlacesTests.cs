using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>How many items may be under way in a stage by default, including those that wait for their next attempt.</summary>
public sealed class PlacesTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly SteppedTime _time = new();

    [Test]
    public async Task Two_items_that_keep_failing_do_not_stop_a_stage_of_two_workers()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Fetch", number => number < 2 ? throw new TimeoutException("the server does not answer") : number, 2)
            .WithTimeProvider(_time)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 50)).InTime();

        // Without a step of the clock: both still wait for their second attempt.
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Succeeded: 48, Retrying: 2 });
        run.Complete();
        PipelineReport<int> report = await _time.DriveAsync(run.Completion);

        (report.SucceededCount, report.FailedCount).ShouldBe((48, 2));
    }

    [TestCase(2, null, 22)]
    [TestCase(2, 3, 5)]
    [TestCase(2, StageOptions.Unbounded, 22)]
    [TestCase(1, 1, 2)]
    public async Task A_stage_of_one_task_has_places_for_its_workers_and_its_queue(int workers, int? capacity, int places)
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", AlwaysFails, workers, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, _hour);
            s.QueueCapacity = capacity;
        }).WithTimeProvider(_time).Build().Start();

        await ShouldHavePlacesAsync(run, places);
    }

    [Test]
    public async Task A_stage_of_several_tasks_has_places_for_its_workers()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .StageWithTasks<int, int>("A", tasks => tasks.Task("rent", (int number) => number).Task("use", AlwaysFails), 2, s => s.Retry = RetryPolicy.Fixed(2, _hour))
            .WithTimeProvider(_time).Build().Start();

        await ShouldHavePlacesAsync(run, 2);
    }

    [Test]
    public async Task What_was_set_holds_for_every_stage([Values(1, 2)] int tasks, [Values] bool isThrottled)
    {
        Func<int, int> fails = AlwaysFails;
        await using PipelineRun<int, int> run = PipelineBuilder
            .StageWithTasks<int, int>("A", all => tasks == 1 ? all.Task("use", fails) : all.Task("rent", (int number) => number).Task("use", fails), 2, s =>
            {
                s.Retry = RetryPolicy.Fixed(2, _hour) with { IsThrottle = _ => isThrottled, ThrottleTimeout = TimeSpan.FromMinutes(90) };
                s.MaxInFlight = 7;
            })
            .WithTimeProvider(_time).Build().Start();

        await ShouldHavePlacesAsync(run, 7);
    }

    [Test]
    public async Task The_number_follows_that_of_the_workers()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", AlwaysFails, 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, _hour);
            s.QueueCapacity = StageOptions.Unbounded;
        }).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 100));
        await Waiting.UntilAsync(() => IsAtRest(run, 11));

        run.SetWorkers("A", 3);
        await Waiting.UntilAsync(() => IsAtRest(run, 33));
        run.SetWorkers("A", 1);
        await Waiting.UntilAsync(() => IsAtRest(run, 33));
        // The first ones make their last attempts, one at a time; others begin as soon as there are fewer than there are places.
        _time.StepToNextTimer();
        await Waiting.UntilAsync(() => IsAtRest(run, 11));
        run.GetSnapshot().Failed.ShouldBe(33);
        run.Complete();
        PipelineReport<int> report = await _time.DriveAsync(run.Completion);
        report.FailedCount.ShouldBe(100);
    }

    [Test]
    public async Task A_worker_stays_idle_for_each_item_that_was_throttled()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithContext<int, int>("A", async (number, context) =>
        {
            if (number < 2 && context.Attempt == 1 && !gate.Arrivals.Contains(number))
            {
                await gate.PassAsync(number);
                throw new TimeoutException("429");
            }

            await gate.PassAsync(number);
            return number;
        }, 3, s => s.Retry = RetryPolicy.Fixed(2, _hour) with { IsThrottle = error => error.Message == "429" }).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await gate.WhenArrivedAsync(3);
        gate.Open(0);
        gate.Open(1);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 2, InProgress: 1, Queued: 7 });

        // The third worker goes on, alone.
        for (int number = 2; number < 6; number++)
        {
            gate.Open(number);
            await gate.WhenArrivedAsync(number + 2);
            gate.Arrivals.Count.ShouldBe(number + 2);
            run.GetSnapshot().ShouldSatisfyAllConditions(now => now.InProgress.ShouldBe(1), now => now.Retrying.ShouldBe(2));
        }

        Bottleneck.Find(run.GetSnapshot()).ToString().ShouldBe(
            "2 items of A were throttled and wait for their next call, the first at 01:00:00; a worker stays idle for each, and no other one starts: set StageOptions.MaxInFlight above 3 to let more start.");
        gate.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await _time.DriveAsync(run.Completion);
        report.SucceededCount.ShouldBe(10);
    }

    [Test]
    public async Task Where_all_workers_stay_idle_nothing_starts_until_the_first_is_due()
    {
        int calls = 0;
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", number => Interlocked.Increment(ref calls) <= 2 ? throw new TimeoutException("429") : number, 2, s =>
            s.Retry = RetryPolicy.Fixed(2, _hour) with { IsThrottle = _ => true }).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 2, InProgress: 0, Queued: 8 });

        run.Complete();
        PipelineReport<int> report = await _time.DriveAsync(run.Completion);
        report.SucceededCount.ShouldBe(10);
        calls.ShouldBe(12);
    }

    private static int AlwaysFails(int number) => throw new TimeoutException($"{number}");

    private static bool IsAtRest(PipelineRun<int, int> run, int retrying) => run.GetSnapshot() is { InProgress: 0, Queued: > 0 } now && now.Retrying == retrying;

    private async Task ShouldHavePlacesAsync(PipelineRun<int, int> run, int places)
    {
        Task feeding = run.FeedAsync(Enumerable.Range(0, 60));
        await Waiting.UntilAsync(() => IsAtRest(run, places));
        StageSnapshot stage = run.GetSnapshot().Stages[0];
        stage.Attempts.ShouldBe(stage.Retrying * stage.TaskCount, "nothing else has begun");
        Bottleneck.Find(run.GetSnapshot()).Sentence.ShouldContain($"because {places} may be under way: set StageOptions.MaxInFlight above that");
        PipelineReport<int> report = await _time.DriveAsync(EndAsync(run, feeding));
        report.FailedCount.ShouldBe(60);
    }

    private static async Task<PipelineReport<int>> EndAsync(PipelineRun<int, int> run, Task feeding)
    {
        await feeding;
        run.Complete();
        return await run.Completion;
    }
}
