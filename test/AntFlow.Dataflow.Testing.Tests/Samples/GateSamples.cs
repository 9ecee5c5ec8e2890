using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

public sealed class GateSamples
{
    [Test]
    public async Task Items_are_held_in_a_body()
    {
        // sample: gate
        var gate = new Gate<string>();
        await using PipelineRun<string, string> run = PipelineBuilder
            .Stage<string, string>("Fetch", async (url, ct) =>
            {
                await gate.PassAsync(url, ct);
                return "a page";
            }, workers: 2)
            .Build()
            .Start();
        await run.FeedAsync(["a", "b", "c"]);
        run.Complete();

        await gate.WhenArrivedAsync(2);
        PipelineSnapshot both = run.GetSnapshot();
        (both.InProgress, both.Queued).ShouldBe((2, 1));

        gate.Open(gate.Arrivals[0]);
        await gate.WhenArrivedAsync(3);
        gate.OpenForAll();

        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
        gate.MaxInsideCount.ShouldBe(2);
        // end
    }
}
