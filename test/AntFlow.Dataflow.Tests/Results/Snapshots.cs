using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Results;

public sealed class Snapshots
{
    [Test]
    public async Task At_every_moment_they_add_up_exactly()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", async x =>
            {
                await Task.Yield();
                return x % 7 == 0 ? throw new ArgumentException("seven") : x;
            }, 4, s => s.SkipIf = x => x % 5 == 0)
            .ThenWithTasks("B", t => t.Task("one", async (int x) =>
            {
                await Task.Yield();
                return x % 11 == 0 ? throw new TimeoutException("eleven") : x;
            }, maxConcurrency: 2), 4, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero))
            .Build().Start();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 3000));
        int seen = 0;
        while (run.GetSnapshot() is var now && (!feeding.IsCompleted || seen < 50))
        {
            ShouldAddUp(now);
            seen++;
            await Task.Yield();
        }

        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        ShouldAddUp(report.Snapshot);
        report.Snapshot.Fed.ShouldBe(3000);
        (report.SucceededCount + report.FailedCount).ShouldBe(3000);
        report.Snapshot.Workers.Sum(w => w.Processed + w.Failed).ShouldBe(report.Snapshot.Stages.Sum(s => s.Completed + s.Skipped + s.Failed));
    }

    [Test]
    public async Task Workers_say_what_they_have_done()
    {
        var time = new SteppedTime();
        PipelineReport<int> report = await time.DriveAsync(PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3), time);
            return x == 2 ? throw new ArgumentException("two") : x;
        }).WithTimeProvider(time).RunAsync([1, 2, 3]));
        WorkerSnapshot worker = report.Snapshot.Workers.ShouldHaveSingleItem();

        (worker.Name, worker.Stage, worker.IsBusy, worker.ItemId, worker.Task, worker.Processed, worker.Failed).ShouldBe(("A-W0", "A", false, null, null, 2, 1));
        worker.BusyTime.ShouldBe(TimeSpan.FromSeconds(9));
        worker.AverageTime.ShouldBe(TimeSpan.FromSeconds(3));
        worker.LastActive.ShouldBe(time.GetUtcNow());
        worker.Since.ShouldBe(time.GetUtcNow(), "since then it is not busy");
        report.Snapshot.Timestamp.ShouldBe(time.GetUtcNow());
    }

    [Test]
    public async Task What_is_not_known_yet_is_shown_as_unknown()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 2).Build().Start();
        PipelineSnapshot now = run.GetSnapshot();

        now.Total.ShouldBeNull();
        now.Workers.Select(w => w.Name).ShouldBe(["A-W0", "A-W1"]);
        now.Workers.ShouldAllBe(w => w.AverageTime == null && w.LastActive == null && w.ItemId == null && w.TaskStatus == null);
        now.Errors.ToString().ShouldBe("No errors");
    }

    private static void ShouldAddUp(PipelineSnapshot s)
    {
        s.Fed.ShouldBe(s.Queued + s.Quarantined + s.Limited + s.InProgress + s.Retrying + s.Saving + s.Blocked + s.Succeeded + s.Failed + s.Canceled);
        foreach (StageSnapshot stage in s.Stages)
        {
            stage.Arrived.ShouldBe(stage.Queued + stage.Quarantined + stage.Limited + stage.InProgress + stage.Retrying + stage.Saving + stage.Completed + stage.Skipped + stage.Failed + stage.Canceled, stage.Name);
            stage.InProgress.ShouldBeInRange(0, stage.Workers);
            stage.Overdue.ShouldBeLessThanOrEqualTo(stage.InProgress);
        }

        s.Stages[1].Arrived.ShouldBe(s.Stages[0].Completed + s.Stages[0].Skipped);
        s.Queued.ShouldBe(s.Stages.Sum(stage => stage.Queued));
    }
}
