using NUnit.Framework;
using Shouldly;
using static AntFlow.Dataflow.Tests.Snapshots.Looks;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>Which of several stages it is.</summary>
public sealed class BottleneckChoices
{
    [Test]
    public void Blocked_workers_are_followed_to_the_stage_that_is_saturated() => ShouldBe(
        Run(
            Stage("A") with { InProgress = 1, BlockedWorkers = 3, Queued = 40 },
            Stage("B") with { BlockedWorkers = 4, Queued = 40 },
            Busy("C", 4, queued: 40),
            Stage("D") with { InProgress = 1 }),
        BottleneckKind.Downstream,
        "C");

    [Test]
    public void A_few_blocked_workers_are_enough_where_no_other_one_is_free() => ShouldBe(
        Run(Stage("A", 8) with { InProgress = 5, BlockedWorkers = 3, Queued = 40 }, Busy("B", 2, queued: 20)), BottleneckKind.Downstream, "B");

    [Test]
    public void A_saturated_stage_with_a_long_queue_beats_one_with_an_empty_queue() =>
        ShouldBe(Run(Busy("A", 4, queued: 40), Busy("B", 4, queued: 0), Stage("C") with { InProgress = 2 }), BottleneckKind.Workers, "A");

    [Test]
    public void A_few_items_in_the_queue_of_a_later_stage_are_an_accident_if_the_first_one_is_slower() =>
        ShouldBe(Run(Busy("A", 4, queued: 40, seconds: 1), Busy("B", 1, queued: 2, seconds: 0.2)), BottleneckKind.Workers, "A");

    [Test]
    public void Of_two_long_queues_that_of_the_stage_counts_which_lets_fewer_items_through() =>
        ShouldBe(Run(Busy("A", 4, queued: 40, seconds: 0.1), Busy("B", 4, queued: 20, seconds: 0.5)), BottleneckKind.Workers, "B");

    [Test]
    public void A_slower_stage_before_a_faster_one_stays_the_bottleneck_while_much_has_yet_to_pass_it() =>
        ShouldBe(Run(Busy("A", 4, queued: 40, seconds: 1), Busy("B", 4, queued: 30, seconds: 0.5)) with { Total = 5000 }, BottleneckKind.Workers, "A");

    [Test]
    public void A_slower_stage_before_a_faster_one_is_none_any_more_once_little_has_to_pass_it() =>
        ShouldBe(Run(Busy("A", 4, queued: 1, seconds: 1), Busy("B", 4, queued: 30, seconds: 0.5)).Complete(), BottleneckKind.Workers, "B");

    [Test]
    public void Where_no_times_are_known_the_later_one_of_two_long_queues_counts() =>
        ShouldBe(Run(Busy("A", 4, queued: 40), Busy("B", 4, queued: 25)), BottleneckKind.Workers, "B");

    [Test]
    public void Workers_that_wait_in_the_last_stage_wait_for_the_reader() => ShouldBe(
        Run(Stage("A") with { BlockedWorkers = 4, Queued = 40 }, Stage("B") with { BlockedWorkers = 3, InProgress = 1, Queued = 40 }), BottleneckKind.Reader, null);

    [Test]
    public void A_stage_with_a_limit_holds_the_one_before_back() => ShouldBe(
        Run(
            Stage("A") with { BlockedWorkers = 4, Queued = 40 },
            Stage("B", 8) with { InProgress = 2, Limited = 6, Queued = 80, Limits = [new TaskLimitSnapshot { Task = "send", MaxConcurrency = 2, InUse = 2, Waiting = 6 }] }),
        BottleneckKind.TaskLimit,
        "B");

    [Test]
    public void A_limit_of_a_short_task_is_not_to_blame_for_busy_workers() => ShouldBe(
        Run(Stage("A", 10) with { InProgress = 9, Limited = 1, Queued = 40, Limits = [new TaskLimitSnapshot { Task = "log", MaxConcurrency = 1, InUse = 1, Waiting = 1 }] }),
        BottleneckKind.Workers,
        "A");

    [Test]
    public void A_limit_just_below_the_number_of_workers_is_to_blame() => ShouldBe(
        Run(Stage("A", 10) with { InProgress = 9, Limited = 1, Queued = 40, Limits = [new TaskLimitSnapshot { Task = "send", MaxConcurrency = 9, InUse = 9, Waiting = 1 }] }),
        BottleneckKind.TaskLimit,
        "A");

    [Test]
    public void Items_between_two_attempts_that_hold_all_places_block_those_that_wait() => ShouldBe(
        Run(Busy("A", 4, queued: 5), Stage("B") with { Retrying = 3, InProgress = 1, MaxInFlight = 4, Queued = 40, NextAttemptAt = Now }), BottleneckKind.Backoff, "B");

    [Test]
    public void Items_between_two_attempts_hold_nobody_back_while_all_workers_are_busy() =>
        ShouldBe(Run(Busy("A", 4, queued: 40) with { Retrying = 9, NextAttemptAt = Now }), BottleneckKind.Workers, "A");

    [Test]
    public void Items_between_two_attempts_hold_nobody_back_while_the_feeder_is_slow() =>
        ShouldBe(Run(Stage("A") with { InProgress = 1 }, Stage("B") with { Retrying = 9, NextAttemptAt = Now }), BottleneckKind.Feeder, null);

    [Test]
    public void A_paused_stage_comes_before_a_busy_one() =>
        ShouldBe(Run(Stage("A") with { IsPaused = true, Queued = 40 }, Busy("B", 4, queued: 40)), BottleneckKind.Paused, "A");

    [Test]
    public void A_paused_stage_in_which_nothing_waits_blocks_nothing() =>
        ShouldBe(Run(Busy("A", 4, queued: 40), Stage("B") with { IsPaused = true }), BottleneckKind.Workers, "A");

    [Test]
    public void One_worker_that_waits_for_a_moment_does_not_make_the_next_stage_the_bottleneck() => ShouldBe(
        Run(Stage("A", 8) with { InProgress = 3, BlockedWorkers = 1, Queued = 80 }, Stage("B") with { InProgress = 2 }), BottleneckKind.Workers, "A");

    [Test]
    public void Workers_that_were_idle_since_the_look_before_make_no_bottleneck_of_one_busy_instant()
    {
        PipelineSnapshot now = Run(Stage("A", 2) with { InProgress = 2 });
        Bottleneck feeder = Bottleneck.Find(now, now.Before(Stage("A", 2)));
        feeder.Kind.ShouldBe(BottleneckKind.Feeder);
        feeder.Sentence.ShouldBe("The feeder is too slow: the workers of A were busy 50 % of the time.");
        Bottleneck.Find(now, now.Before(Stage("A", 2) with { InProgress = 2 })).Kind.ShouldBe(BottleneckKind.Workers);
    }

    [Test]
    public void What_passed_since_the_look_before_counts_more_than_the_times_of_the_whole_run()
    {
        StageSnapshot a = Busy("A", 4, queued: 900, seconds: 0.1) with { QueueCapacity = null };
        StageSnapshot b = Busy("B", 4, queued: 500, seconds: 0.01) with { QueueCapacity = null };
        PipelineSnapshot now = Run(a with { Completed = 1020 }, b with { Completed = 503 });
        PipelineSnapshot before = now.Before(a with { Completed = 1000 }, b with { Completed = 500 });

        Bottleneck.Find(now, before).Stage.ShouldBe("B", "it was quick, and is not any more");
        Bottleneck.Find(now).Stage.ShouldBe("A", "one look cannot tell");
    }

    [Test]
    public void A_stage_that_has_caught_all_its_workers_busy_for_once_is_not_slow_for_what_it_did_when_it_had_nothing_to_do()
    {
        StageSnapshot a = Busy("A", 8, queued: 60, seconds: 0.35) with { Completed = 1000 };
        StageSnapshot b = Busy("B", 4, queued: 2, seconds: 0.14) with { Completed = 900 };
        PipelineSnapshot now = Run(a with { Completed = 1011 }, b with { Completed = 902 });

        Bottleneck.Find(now, now.Before(a, b with { InProgress = 1, Queued = 0 })).Stage.ShouldBe("A");
    }

    [Test]
    public void What_leaves_in_a_moment_varies_and_makes_no_stage_slow()
    {
        StageSnapshot a = Busy("A", 8, queued: 60, seconds: 0.35) with { Completed = 1000 };
        StageSnapshot b = Busy("B", 4, queued: 2, seconds: 0.14) with { Completed = 900 };
        PipelineSnapshot now = Run(a with { Completed = 1016 }, b with { Completed = 909 });

        Bottleneck.Find(now, now.Before(a, b)).Stage.ShouldBe("A", "16 and 9 of 11 and 14 that were to be expected");
    }

    [Test]
    public void Items_fed_by_hand_since_the_look_before_tell_of_a_feeder()
    {
        PipelineSnapshot now = Run(Stage("A")) with { IsFeeding = false };

        Bottleneck.Find(now, now.Before(Stage("A")) with { Fed = now.Fed - 1 }).Kind.ShouldBe(BottleneckKind.Feeder);
        Bottleneck.Find(now, now.Before(Stage("A"))).Kind.ShouldBe(BottleneckKind.Nothing);
    }

    [Test]
    public void At_the_first_look_nobody_has_had_the_time_to_feed_anything()
    {
        PipelineSnapshot now = Run(Stage("A")) with { Fed = 0, Succeeded = 0, Total = 500 };

        Bottleneck.Find(now).Sentence.ShouldBe("Nothing to do: no item has been fed yet.");
        Bottleneck.Find(now, now.Before(Stage("A")) with { Succeeded = 0 }).Kind.ShouldBe(BottleneckKind.Feeder);
    }

    [Test]
    public void A_list_that_is_not_yet_fed_tells_of_a_feeder() =>
        ShouldBe(Run(Stage("A")) with { IsFeeding = false, Total = 500 }, BottleneckKind.Feeder, null);

    [Test]
    public void While_the_run_is_being_stopped_a_slow_reader_still_holds_it_back() => ShouldBe(
        Run(Stage("A", 2) with { BlockedWorkers = 2 }) with { Phase = RunPhase.Stopping }, BottleneckKind.Reader, null);

    [Test]
    public void Of_the_last_items_those_count_that_take_longest() => ShouldBe(
        Run(
            Stage("A") with { InProgress = 2, AverageTime = TimeSpan.FromSeconds(5) },
            Stage("B") with { InProgress = 3, AverageTime = TimeSpan.FromSeconds(1) }).Complete(),
        BottleneckKind.Workers,
        "A");

    private static void ShouldBe(PipelineSnapshot now, BottleneckKind kind, string? stage)
    {
        var found = Bottleneck.Find(now);

        (found.Kind, found.Stage).ShouldBe((kind, stage), found.Sentence);
    }
}
