using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class Queued_comes_before_InProgress
{
    [Test]
    public async Task For_every_item_in_every_stage()
    {
        var tracker = new StatusTracker();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 4)
            .Then("B", x => x, workers: 4)
            .Then("C", x => x, workers: 4)
            .IdentifyBy(x => x)
            .WithTracker(tracker)
            .Build();

        await pipeline.RunAsync(Enumerable.Range(0, 500)).InTime();

        for (int x = 0; x < 500; x++)
        {
            tracker.GetHistory(x).Select(e => $"{e.Stage} {e.Status}").ShouldBe(
                ["A Queued", "A InProgress", "A Completed", "B Queued", "B InProgress", "B Completed", "C Queued", "C InProgress", "C Completed"]);
        }
    }
}
