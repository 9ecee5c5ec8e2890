using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.TestKit.Checkpoints;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Items that run next to one that kills the process.</summary>
public sealed class LastChanceTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task An_item_that_kills_the_process_takes_no_other_along_that_died_with_it()
    {
        // Both workers of the stage are inside a body at every death.
        (await DieAsync(2, "x", "y")).ShouldBe(["x", "y"], ignoreOrder: true);
        (await DieAsync(2, "x", "y")).ShouldBe(["x", "y"], ignoreOrder: true);
        string killer = (await DieAsync(1, "x", "y")).ShouldHaveSingleItem();

        PipelineReport<string> report = await new Job(_store).RunAsync("x", "y").InTime();

        report.Results.Single(result => result.Status == ResultStatus.Failed).ItemId.ShouldBe((ItemId)killer);
        report.SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task Items_that_have_died_too_often_to_die_again_run_one_after_another()
    {
        await DieAsync(2, "x", "y");
        await DieAsync(2, "x", "y");
        int running = 0;
        int most = 0;
        var job = new Job(_store)
        {
            Body = async (stage, item, _) =>
            {
                if (stage != "A" || item == "z")
                    return;
                most = Math.Max(most, Interlocked.Increment(ref running));
                await Task.Yield();
                Interlocked.Decrement(ref running);
            },
        };

        (await job.RunAsync("x", "y", "z").InTime()).SucceededCount.ShouldBe(3);
        most.ShouldBe(1);
        job.CallsOf("x").ShouldBe(["A", "B", "C"]);
    }

    [Test]
    public async Task A_run_that_is_canceled_does_not_wait_for_the_turn_of_an_item()
    {
        await DieAsync(2, "x", "y");
        await DieAsync(2, "x", "y");
        var gate = new Gate<string>();
        var job = new Job(_store) { Body = (stage, item, token) => stage == "A" ? gate.PassAsync(item, token) : Task.CompletedTask };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly" });
        await run.FeedAsync(["x", "y"]).InTime();
        await gate.WhenArrivedAsync(1).InTime();

        run.Cancel();

        (await run.Completion.InTime()).CanceledCount.ShouldBe(2);
        job.Calls.Count.ShouldBe(1);
    }

    /// <summary>Feeds items, and dies once so many are inside a body of the first stage, and no other is on its way there.</summary>
    /// <returns>Who was.</returns>
    private async Task<string[]> DieAsync(int inside, params string[] items)
    {
        var held = new HeldStore(_store);
        var gate = new Gate<string>();
        var arrived = new ConcurrentQueue<string>();
        var job = new Job(held)
        {
            Body = (_, item, token) =>
            {
                arrived.Enqueue(item);
                return gate.PassAsync(item, token);
            },
        };
        await using PipelineRun<string, string> run = job.Make().Start(new RunOptions { RunId = "nightly" });
        await run.FeedAsync(items).InTime();
        await gate.WhenArrivedAsync(inside).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Queued == 0);
        ((InMemoryCheckpointRun)held.Run!).Die();
        return [.. arrived];
    }
}
