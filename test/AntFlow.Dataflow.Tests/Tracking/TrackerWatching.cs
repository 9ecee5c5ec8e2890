using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Tracking;

public sealed class TrackerWatching
{
    [Test]
    public async Task A_watcher_gets_every_event_until_the_run_ends()
    {
        var tracker = new StatusTracker();
        Task<List<StatusEvent>> watching = tracker.WatchAsync().ToListAsync();
        await PipelineBuilder.Stage<int, int>("A", x => x, 4).IdentifyBy(x => x).WithTracker(tracker).RunAsync(Enumerable.Range(0, 100)).InTime();
        List<StatusEvent> events = await watching.InTime();

        events.Count.ShouldBe(300);
        events.ShouldAllBe(e => e.Missed == 0);
        events.Where(e => e.ItemId == 42).Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Completed]);
    }

    [Test]
    public async Task A_slow_reader_loses_the_oldest_and_is_told_how_many()
    {
        var tracker = new StatusTracker(new StatusTrackerOptions { WatchCapacity = 10 });
        IAsyncEnumerable<StatusEvent> watcher = tracker.WatchAsync();
        await PipelineBuilder.Stage<int, int>("A", x => x, 4).WithTracker(tracker).RunAsync(Enumerable.Range(0, 100)).InTime();
        List<StatusEvent> events = await watcher.ToListAsync().InTime();

        events.Count.ShouldBe(10);
        events[0].Missed.ShouldBe(290);
        events.Skip(1).ShouldAllBe(e => e.Missed == 0);
    }

    [Test]
    public async Task Its_token_ends_the_watching_only()
    {
        using var source = new CancellationTokenSource();
        var tracker = new StatusTracker();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).Build().Start();
        Task<List<StatusEvent>> watching = tracker.WatchAsync(source.Token).ToListAsync();
        await source.CancelAsync();
        await watching.CatchAsync<OperationCanceledException>();
        await run.FeedAsync([1]);
        run.Complete();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task Several_watchers_see_the_same()
    {
        var tracker = new StatusTracker();
        Task<List<StatusEvent>> one = tracker.WatchAsync().ToListAsync(), two = tracker.WatchAsync().ToListAsync();
        await PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).RunAsync([1, 2]).InTime();

        (await one.InTime()).ShouldBe(await two.InTime());
    }

    [Test]
    public async Task A_reader_that_left_is_forgotten()
    {
        var tracker = new StatusTracker();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).Build().Start();
        IAsyncEnumerable<StatusEvent> watcher = tracker.WatchAsync();
        await run.FeedAsync([1]);
        await foreach (StatusEvent e in watcher)
        {
            e.Status.ShouldBe(ItemStatus.Queued);
            break;
        }

        await run.FeedAsync([2]);
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
    }
}
