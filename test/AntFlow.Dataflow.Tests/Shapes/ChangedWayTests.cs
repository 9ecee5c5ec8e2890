using AntFlow.Dataflow.Tests.Checkpoints;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>Items that went another way through a switch after it was changed.</summary>
public sealed class ChangedWayTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task An_item_does_not_go_on_with_the_result_of_a_branch_it_took_before_the_switch_was_changed()
    {
        (await Make(route: "two", routeVersion: "1", saveVersion: "1", fails: true).LiveAsync("x")).FailedCount.ShouldBe(1);
        (await Make(route: "one", routeVersion: "2", saveVersion: "1", fails: true).LiveAsync("x")).FailedCount.ShouldBe(1);

        PipelineReport<string> last = await Make(route: "one", routeVersion: "2", saveVersion: "2", fails: false).LiveAsync("x");

        last.Results.Single().Value.ShouldBe("x one");
    }

    private Pipeline<string, string> Make(string route, string routeVersion, string saveVersion, bool fails) => PipelineBuilder.Of<string>()
        .ThenSwitch("Route", _ => route, routes => routes
            .Case("one", b => b.Then("One", x => x + " one"))
            .Case("two", b => b.Then("Two", x => x + " two")), configure: s => s.Version = routeVersion)
        .Then("Save", x => fails ? throw new InvalidOperationException("down") : x, configure: s => s.Version = saveVersion)
        .WithStageDefaults(new StageDefaults { Retry = RetryPolicy.None })
        .IdentifyBy(x => x)
        .WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = true, PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages })
        .Build();
}
