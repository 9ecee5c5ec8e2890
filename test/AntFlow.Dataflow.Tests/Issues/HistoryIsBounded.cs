using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class History_does_not_grow_without_bound
{
    [Test]
    public async Task The_oldest_items_are_forgotten_beyond_MaxItems_but_counted()
    {
        var tracker = new StatusTracker(new StatusTrackerOptions { MaxItems = 10 });
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 1, s => s.QueueCapacity = 2).IdentifyBy(x => $"item{x}").WithTracker(tracker).Build();

        await pipeline.RunAsync(Enumerable.Range(0, 100)).InTime();

        Enumerable.Range(0, 100).Count(x => tracker.GetStatus($"item{x}") is not null).ShouldBe(10);
        tracker.GetStatus("item0").ShouldBeNull();
        tracker.GetStatus("item99").ShouldNotBeNull();
        tracker.GetByStatus(ItemStatus.Completed).Count.ShouldBe(10);
        tracker.GetCounts().Completed.ShouldBe(100);
        tracker.GetCounts().Total.ShouldBe(100);
    }

    [Test]
    public async Task The_oldest_events_of_an_item_are_forgotten_beyond_MaxEventsPerItem()
    {
        var time = new SteppedTime();
        var tracker = new StatusTracker(new StatusTrackerOptions { MaxEventsPerItem = 5 });
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", (int _) => throw new TimeoutException("no"), workers: 1, s => s.Retry = RetryPolicy.Fixed(20, TimeSpan.FromSeconds(1)))
            .WithTimeProvider(time)
            .WithTracker(tracker)
            .Build();

        await time.DriveAsync(pipeline.RunAsync([new WorkItem<int>(1) { Id = "x" }]));

        IReadOnlyList<StatusEvent> history = tracker.GetHistory("x");
        history.Select(e => (e.Status, e.Attempt)).ShouldBe(
            [(ItemStatus.Retrying, 18), (ItemStatus.InProgress, 19), (ItemStatus.Retrying, 19), (ItemStatus.InProgress, 20), (ItemStatus.Failed, 20)]);
    }
}
