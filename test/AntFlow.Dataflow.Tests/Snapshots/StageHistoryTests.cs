using NUnit.Framework;
using Shouldly;
using static AntFlow.Dataflow.Tests.Snapshots.Looks;

namespace AntFlow.Dataflow.Tests.Snapshots;

public sealed class StageHistoryTests
{
    private readonly StageHistory _history = new(isExit: false);

    [Test]
    public void A_call_that_runs_longer_than_usual_counts_before_it_has_ended()
    {
        // Ten items of a second each, and a call that has run for half a minute.
        StageSnapshot stage = Stage("A") with { Completed = 10, InProgress = 1 };
        StageWork work = WorkOf(stage, busy: 10, running: 30);
        _history.Add(stage, work, seconds: 10, keep: 1);

        _history.GetBusyEach(work).ShouldBe((10 + 29) / 10.0, 1e-9);
    }

    [Test]
    public void A_call_that_runs_no_longer_than_usual_does_not_count_yet()
    {
        StageSnapshot stage = Stage("A") with { Completed = 10, InProgress = 1 };
        StageWork work = WorkOf(stage, busy: 10, running: 0.5);
        _history.Add(stage, work, seconds: 10, keep: 1);

        _history.GetBusyEach(work).ShouldBe(1, 1e-9);
    }

    [Test]
    public void What_is_older_counts_less()
    {
        StageSnapshot quick = Stage("A") with { Completed = 100 };
        StageSnapshot slow = Stage("A") with { Completed = 150 };
        _history.Add(quick, WorkOf(quick, busy: 100), seconds: 10, keep: 1);
        StageWork work = WorkOf(slow, busy: 300);
        _history.Add(slow, work, seconds: 10, keep: 0.5);

        _history.Seen.ShouldBe(100);
        _history.GetBusyEach(work).ShouldBe((50 + 200) / 100.0, 1e-9);
    }

    [Test]
    public void The_share_a_stage_can_use_is_learned_while_items_wait_and_nothing_holds_it_back()
    {
        StageSnapshot waiting = Stage("A") with { Queued = 5 };
        _history.Add(waiting, WorkOf(waiting, busy: 0), seconds: 10, keep: 1);
        _history.Add(waiting, WorkOf(waiting, busy: 200), seconds: 100, keep: 1);
        double learned = _history.GetUsable(presumed: 1);
        StageSnapshot held = waiting with { BlockedWorkers = 1 };
        _history.Add(held, WorkOf(held, busy: 200), seconds: 100, keep: 1);

        learned.ShouldBe(0.5, 0.02, "four workers were busy for 200 of 400 seconds");
        _history.GetUsable(presumed: 1).ShouldBe(learned);
    }

    private static StageWork WorkOf(StageSnapshot stage, double busy, double? running = null) => StageWork.Of(Run(stage) with
    {
        Workers =
        [
            new WorkerSnapshot
            {
                Name = "A-W0",
                Stage = "A",
                IsBusy = running is not null,
                Since = running is { } seconds ? Now.AddSeconds(-seconds) : null,
                BusyTime = TimeSpan.FromSeconds(busy),
            },
        ],
    })[0];
}
