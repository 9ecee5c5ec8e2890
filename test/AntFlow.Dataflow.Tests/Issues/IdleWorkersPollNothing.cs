using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class Idle_workers_poll_nothing
{
    [Test]
    public async Task A_run_without_work_sets_no_timer()
    {
        var time = new SteppedTime();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 8).Then("B", x => x, workers: 8).WithTimeProvider(time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();

        time.PendingTimerCount.ShouldBe(0);
        await run.FeedAsync(Enumerable.Range(0, 100));
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 100);
        time.PendingTimerCount.ShouldBe(0);
    }

    [Test]
    public async Task An_item_is_taken_at_once_though_the_clock_stands()
    {
        var time = new SteppedTime();
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }).WithTimeProvider(time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        gate.OpenForAll();

        for (int i = 0; i < 20; i++)
        {
            await run.FeedOneAsync(i);
            await gate.WhenArrivedAsync(i + 1);
        }

        time.GetUtcNow().ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
