using System.Diagnostics;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>When items are accepted: the clock is asked once for sixteen that come from memory one right after the other, and for each where anything may come between.</summary>
public sealed class FeedTimeTests
{
    [Test]
    public async Task Sixteen_items_that_are_in_memory_share_a_time_and_none_keeps_it_over_a_wait()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        using FeedCall<int> call = Begin(run, isAllAtHand: true);
        long first = AskLater(call);

        for (int i = 1; i < 16; i++)
            AskLater(call).ShouldBe(first);
        long second = AskLater(call);
        second.ShouldBeGreaterThan(first);
        await call.WaitAsync();
        AskLater(call).ShouldBeGreaterThan(second);
    }

    [TestCase(false, false)]
    [TestCase(true, true)]
    public async Task Each_item_has_its_own_time_if_something_foreign_may_come_between_or_somebody_watches(bool isAllAtHand, bool isWatched)
    {
        var options = new RunOptions { Tracker = isWatched ? new StatusTracker() : null };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start(options);
        using FeedCall<int> call = Begin(run, isAllAtHand);

        AskLater(call).ShouldBeLessThan(AskLater(call));
    }

    [Test]
    public async Task Each_item_has_its_own_time_if_the_time_is_not_the_systems()
    {
        var time = new SteppedTime();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).WithTimeProvider(time).Build().Start();
        using FeedCall<int> call = Begin(run, isAllAtHand: true);
        long first = call.AskTime();
        time.Advance(TimeSpan.FromSeconds(1));

        call.AskTime().ShouldBeGreaterThan(first);
    }

    private static FeedCall<int> Begin(PipelineRun<int, int> run, bool isAllAtHand) => new(run.Core, run.Core.Blocks[0], CancellationToken.None) { IsAllAtHand = isAllAtHand };

    // Later than whatever was asked before: the clock has moved.
    private static long AskLater(FeedCall<int> call)
    {
        long now = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() <= now)
            Thread.SpinWait(1);
        return call.AskTime();
    }
}
