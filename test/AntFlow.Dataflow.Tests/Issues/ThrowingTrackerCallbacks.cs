using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class A_tracker_callback_that_throws_harms_nothing
{
    [Test]
    public async Task All_items_are_done_and_the_errors_are_reported()
    {
        var tracker = new StatusTracker
        {
            OnStatusChange = (_, _) => throw new InvalidOperationException("status"),
            OnTaskStart = (_, _) => ValueTask.FromException(new InvalidOperationException("start")),
            OnTaskComplete = (_, _) => throw new OperationCanceledException("complete"),
        };
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 3).Then("B", x => x).WithTracker(tracker).Build();

        PipelineReport<int> report = await pipeline.RunAsync(Enumerable.Range(0, 30)).InTime();

        report.SucceededCount.ShouldBe(30);
        report.Errors.TotalFailed.ShouldBe(0);
        report.Errors.Callbacks.ShouldContain(c => c.Error.Message == "status");
        report.Errors.Callbacks.ShouldContain(c => c.Error.Message == "start");
        report.Errors.Callbacks.ShouldContain(c => c.Error.Message == "complete");
    }
}
