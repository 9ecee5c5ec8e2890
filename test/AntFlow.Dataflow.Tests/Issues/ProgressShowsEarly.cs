using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class Progress_shows_before_an_item_leaves_the_last_stage
{
    [Test]
    public async Task What_an_estimate_needs_is_in_the_snapshot_from_the_first_stage_on()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 1)
            .Then("B", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            }, workers: 1, s => s.QueueCapacity = StageOptions.Unbounded)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 10));
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Completed == 10);
        await gate.WhenArrivedAsync(1);
        PipelineSnapshot now = run.GetSnapshot();

        now.Succeeded.ShouldBe(0);
        now.Stages[0].Completed.ShouldBe(10);
        now.Workers.Single(w => w.Stage == "A").AverageTime.ShouldNotBeNull();
        now.Workers.Single(w => w.Stage == "B").AverageTime.ShouldBeNull("what is not known is shown as unknown");
        now.Total.ShouldBeNull();
        gate.OpenForAll();
    }
}
