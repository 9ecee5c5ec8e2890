using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>A snapshot adds up exactly at whatever instant it is taken, and shows no half item.</summary>
public sealed class SnapshotTests
{
    [Test]
    public async Task Every_snapshot_of_a_busy_run_adds_up()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .StageWithTasks<int, int>("A", t => t.Task("one", x => x).TaskWithContext("two", async (x, context) =>
            {
                context.SetStatus(context.ItemId.ToString());
                await Task.Yield();
                return x;
            }, maxConcurrency: 2), workers: 4)
            .ThenWithContext("B", (x, context) => x % 3 == 0 && context.Attempt < 3 ? throw new TimeoutException() : x, workers: 3, s =>
            {
                s.Retry = RetryPolicy.Fixed(3, TimeSpan.Zero);
                s.MaxInFlight = 20;
                s.SkipIf = x => x % 5 == 0;
            })
            .Then("C", x => x % 50 == 1 ? throw new ArgumentException("no") : x, workers: 2, s => s.QueueCapacity = 3)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { ResultCapacity = 8 });
        Task<List<PipelineResult<int>>> reading = run.ReadResultsAsync().ToListAsync();
        Task<long> feeding = Task.Run(() => run.FeedAsync(Enumerable.Range(0, 20_000)));
        _ = feeding.ContinueWith(_ => run.Complete(), TaskScheduler.Default);
        PipelineSnapshot before = run.GetSnapshot();
        while (!run.Completion.IsCompleted)
        {
            PipelineSnapshot now = run.GetSnapshot();
            ShouldAddUp(now);
            for (int i = 0; i < now.Stages.Count; i++)
            {
                now.Stages[i].Arrived.ShouldBeGreaterThanOrEqualTo(before.Stages[i].Arrived);
                now.Stages[i].Completed.ShouldBeGreaterThanOrEqualTo(before.Stages[i].Completed);
                now.Stages[i].Failed.ShouldBeGreaterThanOrEqualTo(before.Stages[i].Failed);
            }

            now.Fed.ShouldBeGreaterThanOrEqualTo(before.Fed);
            before = now;
            await Task.Yield();
        }

        ShouldAddUp((await run.Completion).Snapshot);
        (await reading.InTime()).Count.ShouldBe(20_000);
    }

    private static void ShouldAddUp(PipelineSnapshot now)
    {
        (now.Queued + now.Quarantined + now.Limited + now.InProgress + now.Retrying + now.Saving + now.Blocked + now.Succeeded + now.Failed + now.Canceled).ShouldBe(now.Fed);
        now.Links.Select(link => (link.From, link.To)).ShouldBe([("A", "B"), ("B", "C"), ("C", null)]);
        now.Links[2].Passed.ShouldBe(now.Succeeded + now.Blocked);
        for (int i = 0; i < now.Stages.Count; i++)
        {
            now.Links[i].Passed.ShouldBe(now.Stages[i].Completed + now.Stages[i].Skipped);
            now.Stages[i].Arrived.ShouldBe(i == 0 ? now.Fed : now.Links[i - 1].Passed);
        }

        foreach (StageSnapshot stage in now.Stages)
        {
            stage.InProgress.ShouldBeInRange(0, stage.Workers);
            stage.Queued.ShouldBeGreaterThanOrEqualTo(0);
            stage.Limited.ShouldBeGreaterThanOrEqualTo(0);
            now.Workers.Count(worker => worker.IsWaitingForRoom && string.Equals(worker.Stage, stage.Name, StringComparison.Ordinal)).ShouldBe(stage.BlockedWorkers);
        }

        now.Workers.ShouldAllBe(worker => !worker.IsBusy || !worker.IsWaitingForRoom);
        // A status is that of the item beside it, or of none.
        foreach (WorkerSnapshot worker in now.Workers.Where(w => w is { IsBusy: true, Task: "two", TaskStatus: not null }))
            worker.TaskStatus.ShouldBe(worker.ItemId.ToString());
    }
}
