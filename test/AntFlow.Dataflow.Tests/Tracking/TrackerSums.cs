using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Tracking;

/// <summary>What a tracker counts is what the run counts, whatever it has forgotten meanwhile.</summary>
public sealed class TrackerSums
{
    [Test]
    public async Task A_queue_longer_than_MaxItems_leaves_nothing_behind([Values(1, 4)] int workers, [Values(1, 2, 50)] int maxEvents)
    {
        var tracker = new StatusTracker(new StatusTrackerOptions { MaxItems = 100, MaxEventsPerItem = maxEvents });
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x, workers, s => s.QueueCapacity = 200).Then("B", x => x, workers, s => s.QueueCapacity = 200)
            .WithTracker(tracker).RunAsync(Enumerable.Range(0, 2_000)).InTime();

        report.SucceededCount.ShouldBe(2_000);
        StatusCounts counts = tracker.GetCounts();
        (counts.Completed, counts.Total).ShouldBe((2_000, 2_000));
    }

    [Test]
    public async Task Failed_retried_skipped_and_canceled_items_count_as_what_they_came_to([Values(1, 7, 100)] int maxItems, [Values(true, false)] bool withIds)
    {
        var tracker = new StatusTracker(new StatusTrackerOptions { MaxItems = maxItems, MaxEventsPerItem = 6 });
        PipelineBuilder<int, int> builder = PipelineBuilder
            .StageWithContext<int, int>("A", (x, context) => x % 5 == 0 && context.Attempt < 3 ? throw new TimeoutException() : x, workers: 3, s =>
            {
                s.Retry = RetryPolicy.Fixed(3, TimeSpan.Zero);
                s.QueueCapacity = StageOptions.Unbounded;
                s.MaxInFlight = 300;
            })
            .Then("B", x => x % 7 == 0 ? throw new ArgumentException("no") : x, workers: 3, s => s.SkipIf = x => x % 11 == 0)
            .WithTracker(tracker);
        await using PipelineRun<int, int> run = (withIds ? builder.IdentifyBy(x => x % 50) : builder).Build().Start();
        run.Pause("B");
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 1_000));
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 3);
        await feeding.InTime();
        ShouldBeWaiting(tracker.GetCounts(), run.GetSnapshot());
        run.Resume("B");
        await Waiting.UntilAsync(() => run.GetSnapshot() is var now && now.Succeeded + now.Failed > 100);
        PipelineReport<int> report = await run.StopAsync().InTime();

        StatusCounts counts = tracker.GetCounts();
        (counts.Completed + counts.Skipped, counts.Failed, counts.Canceled, counts.Total).ShouldBe((report.SucceededCount, report.FailedCount, report.CanceledCount, 1_000));
    }

    [Test]
    public async Task With_the_defaults_150_000_paused_items_are_queued_and_then_completed()
    {
        var tracker = new StatusTracker();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 2, s => s.QueueCapacity = StageOptions.Unbounded).WithTracker(tracker).Build()
            .Start(new RunOptions { CollectResults = false });
        run.Pause();
        await run.FeedAsync(Enumerable.Range(0, 150_000)).InTime();
        tracker.GetCounts().Queued.ShouldBe(150_000);
        run.Resume();
        run.Complete();
        await run.Completion.InTime();

        (tracker.GetCounts().Completed, tracker.GetCounts().Total).ShouldBe((150_000, 150_000));
    }

    [Test]
    public async Task Several_feeders_and_runs_one_after_the_other_add_up()
    {
        var tracker = new StatusTracker(new StatusTrackerOptions { MaxItems = 10 });
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, 4, s => s.QueueCapacity = 30).WithTracker(tracker).Build();
        for (int round = 1; round <= 3; round++)
        {
            await using PipelineRun<int, int> run = pipeline.Start();
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => run.FeedAsync(Enumerable.Range(0, 500))))).InTime();
            run.Complete();
            await run.Completion.InTime();

            (tracker.GetCounts().Completed, tracker.GetCounts().Total).ShouldBe((2_000 * round, 2_000 * round));
        }
    }

    // Nothing moves: the workers wait for room in the stage that is paused, and all items wait. One that is due again keeps its last status in a tracker.
    private static void ShouldBeWaiting(StatusCounts counts, PipelineSnapshot now)
    {
        (counts.Total, counts.Failed, counts.Completed).ShouldBe((now.Fed, now.Failed, 0));
        (counts.Queued + counts.Retrying).ShouldBe(now.Queued + now.Retrying);
    }
}
