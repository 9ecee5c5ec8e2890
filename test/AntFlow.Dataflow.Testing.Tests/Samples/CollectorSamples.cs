using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

public sealed class CollectorSamples
{
    [Test]
    public async Task Events_are_collected()
    {
        // sample: events
        var events = new EventCollector();
        int calls = 0;
        Pipeline<string, string> pipeline = PipelineBuilder
            .Stage<string, string>("Fetch", url => ++calls == 1 ? throw new HttpRequestException("busy") : "a page", workers: 1, s => s.Retry = RetryPolicy.Fixed(attempts: 2, TimeSpan.Zero))
            .Then("Count", page => page.Split(' ').Length.ToString(), workers: 1)
            .IdentifyBy(url => url)
            .WithObserver(events)
            .Build();

        await pipeline.RunAsync(["a"]);

        events.HistoryOf("a").Where(e => e.Status is not null).Select(e => e.ToString()).ShouldBe(
        [
            "Fetch Queued",
            "Fetch InProgress 1",
            "Fetch Retrying 1",
            "Fetch InProgress 2",
            "Fetch Completed 2",
            "Count Queued",
            "Count InProgress 1",
            "Count Completed 1",
        ]);
        events.Events.Single(e => e.Status == ItemStatus.Retrying).Error.ShouldBeOfType<HttpRequestException>();
        events.Events.Count(e => e.TaskEventKind == TaskEventKind.Start).ShouldBe(3);
        // end
    }

    [Test]
    public async Task Snapshots_are_collected()
    {
        // sample: snapshots
        var shown = new SnapshotCollector();
        await PipelineBuilder.Stage<int, int>("Double", number => 2 * number).RunAsync([1, 2, 3], new RunOptions { Display = shown });

        shown.Total.ShouldBe(3);
        shown.Snapshots[^1].Succeeded.ShouldBe(3);
        (await shown.WhenFinishedAsync()).SucceededCount.ShouldBe(3);
        // end
    }
}
