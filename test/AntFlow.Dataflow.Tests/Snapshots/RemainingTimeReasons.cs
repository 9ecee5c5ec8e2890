using NUnit.Framework;
using Shouldly;
using static AntFlow.Dataflow.Tests.Snapshots.Looks;

namespace AntFlow.Dataflow.Tests.Snapshots;

public sealed class RemainingTimeReasons
{
    private readonly RemainingTimeEstimator _estimator = new();

    [Test]
    public void While_the_number_of_items_is_unknown_so_is_the_time_left() =>
        ShouldBeUnknown(Run(Busy("A", 4, queued: 40, seconds: 1)), "it is not known how many items are to come");

    [Test]
    public void While_the_run_is_paused_the_time_left_is_unknown() =>
        ShouldBeUnknown(Run(Busy("A", 4, queued: 40) with { IsPaused = true }) with { IsPaused = true, Total = 500 }, "the run is paused");

    [Test]
    public void While_a_stage_is_paused_the_time_left_is_unknown() =>
        ShouldBeUnknown(Run(Busy("A", 4, queued: 40), Stage("B") with { IsPaused = true }) with { Total = 500 }, "B is paused");

    [Test]
    public void While_the_run_is_being_stopped_the_time_left_is_unknown()
    {
        ShouldBeUnknown(Run(Busy("A", 4, queued: 40)) with { Phase = RunPhase.Stopping }, "the run is being stopped");
        new RemainingTimeEstimator().Add(Run(Stage("A")) with { Phase = RunPhase.Canceling }).UnknownBecause.ShouldBe("the run is being canceled");
    }

    [Test]
    public void Before_anything_is_fed_the_time_left_is_unknown() =>
        ShouldBeUnknown(Run(Stage("A")) with { Fed = 0, Succeeded = 0, Total = 500 }, "no item has been fed yet");

    [Test]
    public void Until_a_stage_has_shown_how_long_it_takes_the_time_left_is_unknown() =>
        ShouldBeUnknown(Run(Busy("A", 4, queued: 40), Stage("B")) with { Total = 500 }, "no item has passed A yet");

    [Test]
    public void Until_an_item_has_passed_a_stage_that_polls_the_time_left_is_unknown() =>
        ShouldBeUnknown(Run(Stage("Wait") with { Kind = "Poll", Polling = 5 }) with { Total = 105, IsInputOpen = false }, "no item has passed Wait yet");

    [Test]
    public void Items_between_two_looks_need_no_worker_each()
    {
        StageSnapshot wait = Stage("Wait") with { Kind = "Poll", Polling = 40, Completed = 60, Arrived = 100, MaxInFlight = 10_000, PollTimes = [new TimeBucket(100, 110, 60)] };

        RemainingTime time = _estimator.Add(Run(wait).Complete() with { Total = 140, Fed = 140 });

        // Of 40 items that are looked at at the same time, the last has yet to wait almost the whole time; by four workers, one after the other, they would take ten times as long.
        time.High!.Value.TotalSeconds.ShouldBeInRange(80, 150);
    }

    [Test]
    public void A_branch_gets_its_share_of_what_is_to_come()
    {
        StageSnapshot[] stages =
        [
            Stage("Route", 1) with { Arrived = 100, Completed = 100, AverageTime = TimeSpan.FromSeconds(0.01), Times = [new TimeBucket(0.01, 0.011, 100)], RemovedBusyTime = TimeSpan.FromSeconds(1) },
            Stage("Quick", 1) with { Arrived = 75, Completed = 75, AverageTime = TimeSpan.FromSeconds(0.01), Times = [new TimeBucket(0.01, 0.011, 75)], RemovedBusyTime = TimeSpan.FromSeconds(1) },
            Stage("Slow", 1) with { Arrived = 25, Completed = 25, AverageTime = TimeSpan.FromSeconds(4), Times = [new TimeBucket(4, 4.4, 25)], RemovedBusyTime = TimeSpan.FromSeconds(100) },
        ];
        StageLinkSnapshot[] links = [new("Route", "Quick", 75), new("Route", "Slow", 25), new("Quick", null, 75), new("Slow", null, 25)];

        RemainingTime time = _estimator.Add(Run(stages) with { Links = links, Total = 200, Fed = 100, Succeeded = 100 });

        // A quarter of a hundred items, each four seconds. In a line it would be all of them.
        time.Low!.Value.TotalSeconds.ShouldBeGreaterThan(50);
        time.High!.Value.TotalSeconds.ShouldBeInRange(100, 250);
    }

    [Test]
    public void Nothing_is_left_of_a_run_that_has_ended_or_has_nothing_to_do()
    {
        RemainingTime ended = _estimator.Add(Run(Stage("A")).Complete());
        (ended.Low, ended.High, ended.IsKnown, ended.UnknownBecause).ShouldBe((TimeSpan.Zero, TimeSpan.Zero, true, null));
        new RemainingTimeEstimator().Add(Run(Stage("A")) with { Phase = RunPhase.Ended }).High.ShouldBe(TimeSpan.Zero);
    }

    [Test]
    public void A_snapshot_of_another_run_is_refused()
    {
        _estimator.Add(Run(Stage("A")));

        Should.Throw<ArgumentException>(() => _estimator.Add(Run(Stage("A")) with { RunId = "other" })).Message.ShouldStartWith("The snapshot is of run 'other', but all snapshots before were of run 'run'.");
    }

    [Test]
    public void A_snapshot_that_is_not_newer_changes_nothing()
    {
        RemainingTime first = _estimator.Add(Run(Busy("A", 4, queued: 40)) with { Total = 500 });

        _estimator.Add(Run(Stage("A")) with { Timestamp = Now.AddSeconds(-1) }).ShouldBeSameAs(first);
    }

    [Test]
    public void Items_between_two_attempts_have_yet_to_be_done()
    {
        // Four workers, a second an item, and four hundred items that are due at once.
        PipelineSnapshot now = Run(Stage("A") with { Completed = 100, Attempts = 500, Retrying = 400, NextAttempts = [new WaitingItem { ItemId = 1, Attempt = 2, DueAt = Now }] }) with
        {
            Workers = [.. Enumerable.Range(0, 4).Select(i => new WorkerSnapshot { Name = $"A-W{i}", Stage = "A", BusyTime = TimeSpan.FromSeconds(25) })],
        };

        RemainingTime left = _estimator.Add(now.Complete());

        left.Low.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(100));
        left.High.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(200));
    }

    [Test]
    public void The_time_left_is_shown_before_the_first_item_has_left_the_last_stage()
    {
        var script = new RunScript(200, new StagePlan("Fetch", 4, _ => 1), new StagePlan("Upload", 4, _ => 1.4));
        (IReadOnlyList<PipelineSnapshot> trace, DateTimeOffset end) = SimulatedRun.Play(script, seed: 1);
        RemainingTime[] early = [.. trace.TakeWhile(snapshot => snapshot.Succeeded == 0).Select(_estimator.Add)];

        early[0].UnknownBecause.ShouldNotBeNull();
        (early[^1].Low < end - trace[early.Length - 1].Timestamp).ShouldBeTrue();
        (early[^1].High > end - trace[early.Length - 1].Timestamp).ShouldBeTrue();
    }

    [Test]
    public async Task In_a_real_run_on_a_stepped_clock_the_true_end_lies_in_the_band()
    {
        var time = new SteppedTime();
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", (int x, CancellationToken ct) => SleepAsync(x, 0.5 + (0.25 * (x % 5)), ct), 4, s => s.QueueCapacity = StageOptions.Unbounded)
            .Then("B", (int x, CancellationToken ct) => SleepAsync(x, 0.3 + (0.1 * (x % 3)), ct), 3)
            .WithTimeProvider(time).Build().Start();
        await run.FeedAsync(Enumerable.Range(0, 120));
        run.Complete();
        List<(DateTimeOffset At, RemainingTime Left)> estimates = [];
        while (await time.SettleAsync(run) is var now && !run.Completion.IsCompleted)
        {
            // One look at each moment: while the run comes to its end there is no other one.
            if (estimates.Count == 0 || estimates[^1].At < now.Timestamp)
                estimates.Add((now.Timestamp, _estimator.Add(now)));
            time.StepToNextTimer();
        }

        DateTimeOffset end = time.GetUtcNow();
        estimates.Count.ShouldBeGreaterThan(50);
        estimates.Count(estimate => estimate.Left.IsKnown).ShouldBeGreaterThan(estimates.Count * 9 / 10);
        estimates.Count(estimate => estimate.Left.Low <= end - estimate.At && end - estimate.At <= estimate.Left.High).ShouldBeGreaterThan(estimates.Count * 8 / 10);
        _estimator.Add(run.GetSnapshot()).High.ShouldBe(TimeSpan.Zero);

        async Task<int> SleepAsync(int x, double seconds, CancellationToken ct)
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), time, ct);
            return x;
        }
    }

    private void ShouldBeUnknown(PipelineSnapshot snapshot, string because)
    {
        RemainingTime left = _estimator.Add(snapshot);

        (left.Low, left.High, left.IsKnown, left.UnknownBecause).ShouldBe((null, null, false, because));
    }
}
