using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class Busy_means_running_user_code
{
    [Test]
    public async Task A_worker_that_waits_for_room_in_the_next_stage_is_blocked_not_busy()
    {
        var time = new SteppedTime();
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 1, s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("B", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            }, workers: 1, s => s.QueueCapacity = 1)
            .WithTimeProvider(time)
            .Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 5));
        await gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 1);
        time.Advance(TimeSpan.FromHours(1));
        PipelineSnapshot now = run.GetSnapshot();

        WorkerSnapshot blocked = now.Workers.Single(w => w.Stage == "A");
        blocked.IsBusy.ShouldBeFalse();
        blocked.IsWaitingForRoom.ShouldBeTrue();
        now.Workers.Single(w => w.Stage == "B").IsWaitingForRoom.ShouldBeFalse();
        blocked.ItemId.ShouldBeNull();
        blocked.BusyTime.ShouldBe(TimeSpan.Zero);
        run.GetSnapshot().Workers.Single(w => w.Stage == "B").IsBusy.ShouldBeTrue();
        now.Stages[0].InProgress.ShouldBe(0);
        now.Stages[0].Completed.ShouldBeInRange(2, 3);
        (now.Stages[1].Queued + now.Stages[1].InProgress).ShouldBe(now.Stages[0].Completed, "the blocked worker's item is already queued there");
        gate.OpenForAll();
        (await run.StopAsync(mode: StopMode.AfterItem).InTime()).Snapshot.Fed.ShouldBe(5);
    }
}
