using AntFlow.Dataflow.Testing;
using AntFlow.Dataflow.Tests.Checkpoints;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>Runs with filters, switches and polls that are resumed.</summary>
public sealed class ResumedShapesTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task An_item_that_had_passed_by_a_branch_without_stages_ends_for_the_observers_of_a_resumed_run()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Of<string>()
            .ThenSwitch("Route", x => x, routes => routes.Case("a", b => b.Then("A", x => x)).Default(b => b))
            .IdentifyBy(x => x)
            .WithCheckpoints(_store)
            .Build();
        await pipeline.RunAsync(["a", "b"], Lives.Nightly);

        var events = new EventCollector();
        await pipeline.RunAsync(["a", "b"], new RunOptions { RunId = "nightly", Observers = [events] });

        events.EndedCount.ShouldBe(2);
    }
}
