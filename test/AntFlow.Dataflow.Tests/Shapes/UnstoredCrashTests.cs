using AntFlow.Dataflow.Tests.Checkpoints;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>Crashes of the process in a stage that an item repeats, because its result is not stored.</summary>
public sealed class UnstoredCrashTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task A_crash_in_a_repeated_stage_counts_for_an_item_that_had_come_further_before()
    {
        await using (PipelineRun<string, string> run = Make(_store, (x, _) => Task.FromResult(x)).Start(Lives.Nightly))
        {
            await run.FeedAsync(["x"]);
            await Waiting.UntilAsync(() => run.GetSnapshot().Stages[2].Retrying == 1);
        }

        var gate = new Gate<string>();
        var store = new FragileStore(_store);
        for (int crash = 1; crash <= 3; crash++)
            await Make(store, PassAsync).DieAsync(store, gate.WhenArrivedAsync(crash), "x");

        PipelineResult<string> result = (await Make(store, PassAsync).LiveAsync("x")).Results.Single();

        result.Error.ShouldBeOfType<StoredFailureException>().Message.ShouldStartWith("The process crashed 3 times while stage 'Parse' ran the item;");

        async Task<string> PassAsync(string x, CancellationToken ct)
        {
            await gate.PassAsync(x, ct);
            return x;
        }
    }

    [Test]
    public async Task A_crash_in_a_switch_that_is_asked_again_counts_for_an_item_that_had_come_behind_it()
    {
        await using (PipelineRun<string, string> run = MakeSwitch(_store, (x, _) => Task.FromResult(x)).Start(Lives.Nightly))
        {
            await run.FeedAsync(["x"]);
            await Waiting.UntilAsync(() => run.GetSnapshot().Stages[3].Retrying == 1);
        }

        var gate = new Gate<string>();
        var store = new FragileStore(_store);
        for (int crash = 1; crash <= 3; crash++)
            await MakeSwitch(store, PassAsync).DieAsync(store, gate.WhenArrivedAsync(crash), "x");

        PipelineResult<string> result = (await MakeSwitch(store, PassAsync).LiveAsync("x")).Results.Single();

        result.Error.ShouldBeOfType<StoredFailureException>().Message.ShouldStartWith("The process crashed 3 times while stage 'Route' ran the item;");

        async Task<string> PassAsync(string x, CancellationToken ct)
        {
            await gate.PassAsync(x, ct);
            return x;
        }
    }

    // Parse is not stored, and Save waits for its next attempt.
    private static Pipeline<string, string> Make(ICheckpointStore store, Func<string, CancellationToken, Task<string>> parse) => PipelineBuilder
        .Stage<string, string>("Download", x => x)
        .Then<string>("Parse", parse, configure: s => s.IsStored = false)
        .Then<string>("Save", Fail)
        .WithStageDefaults(new StageDefaults { Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)) })
        .IdentifyBy(x => x)
        .WithCheckpoints(store)
        .Build();

    // Both branches lead to Save and store nothing.
    private static Pipeline<string, string> MakeSwitch(ICheckpointStore store, Func<string, CancellationToken, Task<string>> route) => PipelineBuilder.Of<string>()
        .ThenSwitch("Route", route, routes => routes
            .Case("x", b => b.Then("One", x => x, configure: s => s.IsStored = false))
            .Case("y", b => b.Then("Two", x => x, configure: s => s.IsStored = false)))
        .Then<string>("Save", Fail)
        .WithStageDefaults(new StageDefaults { Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)) })
        .IdentifyBy(x => x)
        .WithCheckpoints(store)
        .Build();

    private static string Fail(string value) => throw new IOException($"{value} is busy");
}
