using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

public sealed class SuspectSchedulerTests
{
    private readonly SuspectScheduler _scheduler = new();

    [Test]
    public void While_none_runs_any_may_start()
    {
        (_scheduler.Count, _scheduler.LeastWidth).ShouldBe((0, int.MaxValue));
        _scheduler.MayStart(Suspect(width: 1)).ShouldBeTrue();
        _scheduler.CountIn(0).ShouldBe(new SuspectCounts(0, 0, 0, 0));
        _scheduler.TakeStartable().ShouldBeEmpty();
    }

    [Test]
    public void The_smallest_width_of_those_that_run_counts_for_as_long_as_one_of_that_width_runs()
    {
        ItemRecord wide = Suspect(width: 9), narrow = Suspect(width: 3), twin = Suspect(width: 3);
        _scheduler.TryStart(wide, 0).ShouldBeTrue();
        _scheduler.LeastWidth.ShouldBe(9);
        _scheduler.TryStart(narrow, 0).ShouldBeTrue();
        _scheduler.TryStart(twin, 1).ShouldBeTrue();
        (_scheduler.Count, _scheduler.LeastWidth).ShouldBe((3, 3));
        _scheduler.TryStart(Suspect(width: 9), 0).ShouldBeFalse();
        _scheduler.Count.ShouldBe(3);

        _scheduler.End(narrow);
        (_scheduler.Count, _scheduler.LeastWidth).ShouldBe((2, 3));
        _scheduler.End(twin);
        (_scheduler.Count, _scheduler.LeastWidth).ShouldBe((1, 9));
        _scheduler.End(wide);
        (_scheduler.Count, _scheduler.LeastWidth).ShouldBe((0, int.MaxValue));
    }

    [Test]
    public void One_that_does_not_run_ends_without_effect()
    {
        ItemRecord runs = Suspect(width: 2), alone = Suspect(width: 2);
        _scheduler.TryStart(runs, 0).ShouldBeTrue();
        _scheduler.End(alone);
        (_scheduler.Count, _scheduler.LeastWidth).ShouldBe((1, 2));
        _scheduler.End(runs);
        _scheduler.End(runs);
        (_scheduler.Count, _scheduler.LeastWidth).ShouldBe((0, int.MaxValue));
    }

    [Test]
    public void A_change_of_the_width_of_one_that_runs_does_not_change_what_it_started_with()
    {
        ItemRecord suspect = Suspect(width: 2);
        _scheduler.TryStart(suspect, 0).ShouldBeTrue();
        suspect.MaxConcurrentSuspects = 5;
        _scheduler.End(suspect);

        _scheduler.LeastWidth.ShouldBe(int.MaxValue);
    }

    [Test]
    public void What_runs_is_counted_in_its_stage_and_its_width_over_all_stages()
    {
        _scheduler.TryStart(Suspect(width: 9, crashes: 3), 0).ShouldBeTrue();
        _scheduler.TryStart(Suspect(width: 8, crashes: 5), 0).ShouldBeTrue();
        _scheduler.TryStart(Suspect(width: 9, crashes: 4), 0).ShouldBeTrue();
        _scheduler.TryStart(Suspect(width: 7, crashes: 1), 1).ShouldBeTrue();
        _scheduler.TryStart(Suspect(width: 9, crashes: 6), 1).ShouldBeTrue();

        _scheduler.CountIn(0).ShouldBe(new SuspectCounts(3, 3, 5, 7));
        _scheduler.CountIn(1).ShouldBe(new SuspectCounts(2, 1, 6, 7));
        _scheduler.CountIn(2).ShouldBe(new SuspectCounts(0, 0, 0, 7));
    }

    [Test]
    public void Of_those_that_wait_as_many_come_out_as_may_run_together_the_most_urgent_ones_first()
    {
        ItemRecord runs = Suspect(width: 4);
        _scheduler.TryStart(runs, 0).ShouldBeTrue();
        ItemRecord[] waiting =
        [
            Suspect(width: 4, priority: 1, sequence: 0),
            Suspect(width: 1, priority: 0, sequence: 1),
            Suspect(width: 3, priority: 0, sequence: 3),
            Suspect(width: 9, priority: 0, sequence: 2),
            Suspect(width: 9, priority: -1, sequence: 9),
        ];
        foreach (ItemRecord suspect in waiting)
            _scheduler.Enqueue(suspect, 0);

        // The one of width 1 has to run alone, and the one of width 3 would be the fourth.
        _scheduler.TakeStartable().ShouldBe([(0, waiting[4]), (0, waiting[3]), (0, waiting[0])]);
        _scheduler.TakeStartable().ShouldBe([(0, waiting[2])]);
        _scheduler.TakeStartable().ShouldBeEmpty();
        _scheduler.End(runs);
        _scheduler.TakeStartable().ShouldBe([(0, waiting[1])]);
        _scheduler.TakeStartable().ShouldBeEmpty();
    }

    [Test]
    public void No_more_come_out_than_the_narrowest_of_those_that_run_allows()
    {
        _scheduler.TryStart(Suspect(width: 2), 0).ShouldBeTrue();
        (ItemRecord first, ItemRecord second) = (Suspect(width: 9, sequence: 1), Suspect(width: 9, sequence: 2));
        _scheduler.Enqueue(first, 0);
        _scheduler.Enqueue(second, 0);

        _scheduler.TakeStartable().ShouldBe([(0, first)]);
    }

    [Test]
    public void No_more_come_out_than_the_narrowest_of_those_that_come_out_allows()
    {
        ItemRecord[] waiting = [Suspect(width: 2, sequence: 1), Suspect(width: 9, sequence: 2), Suspect(width: 9, sequence: 3)];
        foreach (ItemRecord suspect in waiting)
            _scheduler.Enqueue(suspect, 0);

        _scheduler.TakeStartable().ShouldBe([(0, waiting[0]), (0, waiting[1])]);
    }

    [Test]
    public void Those_without_a_number_yet_are_told_apart_by_their_keys()
    {
        ItemRecord first = new() { Key = 1, MaxConcurrentSuspects = 9 }, second = new() { Key = 2, MaxConcurrentSuspects = 9 };
        _scheduler.Enqueue(second, 0);
        _scheduler.Enqueue(first, 0);

        _scheduler.TakeStartable().ShouldBe([(0, first), (0, second)]);
    }

    private static ItemRecord Suspect(int width, int crashes = 1, int priority = 0, long sequence = 0) =>
        new() { MaxConcurrentSuspects = width, Crashes = crashes, Priority = priority, Sequence = sequence };
}
