using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Checkpoints;

internal sealed class SuspectModelTests
{
    [Test]
    public void In_any_history_the_bound_holds_nothing_waits_without_need_and_no_innocent_item_fails_without_three_lone_crashes()
    {
        (int kills, int crashes, int innocents, int poison, int held) = (0, 0, 0, 0, 0);
        for (int seed = 0; seed < DecisionPlans.Count; seed++)
        {
            var history = new SuspectHistory(seed);
            history.Play().ShouldBeEmpty($"seed {seed}");
            (kills, crashes, held) = (kills + history.Kills, crashes + history.Crashes, held + history.Held);
            (innocents, poison) = (innocents + history.FailedInnocents, poison + history.FailedPoison);
        }

        TestContext.Progress.WriteLine($"{DecisionPlans.Count} histories: {kills} kills from outside, {crashes} crashes in all, {held} items held, {poison} poison items failed, {innocents} innocent ones");
        kills.ShouldBeGreaterThan(DecisionPlans.Count);
        held.ShouldBeGreaterThan(DecisionPlans.Count);
        poison.ShouldBeGreaterThan(DecisionPlans.Count / 100);
        // One in about 160 histories has it.
        if (DecisionPlans.Count >= 500)
            innocents.ShouldBeGreaterThan(0, "it can happen, and the histories should have it");
    }

    [TestCase(1, 3)]
    [TestCase(2, 4)]
    [TestCase(3, 4)]
    [TestCase(32, 8)]
    [TestCase(1000, 12)]
    public void An_item_that_crashes_the_process_whenever_it_runs_fails_after_log2_of_n_and_three_crashes(int ranTogether, int crashes)
    {
        var suspicion = new Suspicion(0, 0);
        int seen = 0;
        for (; suspicion.LoneCrashes < 3; seen++)
        {
            // As many others run with it as may.
            int together = suspicion.MaxConcurrentSuspects == 0 ? ranTogether : suspicion.MaxConcurrentSuspects;
            Suspicion other = suspicion with { LoneCrashes = 0 };
            suspicion = SuspectRules.AfterCrash([suspicion, .. Enumerable.Repeat(other, together - 1)])[0];
        }

        seen.ShouldBe(crashes);
    }

    [Test]
    public void Only_the_one_suspect_that_ran_was_alone_whatever_else_ran()
    {
        SuspectRules.AfterCrash([new Suspicion(4, 0), default, default]).ShouldBe([new Suspicion(1, 1), new Suspicion(1, 0), new Suspicion(1, 0)]);
        SuspectRules.AfterCrash([default]).ShouldBe([new Suspicion(1, 1)]);
        SuspectRules.AfterCrash([new Suspicion(8, 1), new Suspicion(2, 0)]).ShouldBe([new Suspicion(1, 1), new Suspicion(1, 0)]);
        SuspectRules.AfterCrash([default, default, default, default]).ShouldAllBe(after => after == new Suspicion(2, 0));
        SuspectRules.AfterCrash([]).ShouldBeEmpty();
    }

    [Test]
    public void The_most_urgent_suspect_that_may_start_comes_first_and_one_that_runs_alone_holds_no_other_back()
    {
        var scheduler = new SuspectScheduler();
        ItemRecord running = Suspect(0, 0, width: 2);
        ItemRecord second = Suspect(1, 0, width: 2);
        ItemRecord late = Suspect(2, 0, width: 2);
        ItemRecord urgent = Suspect(3, -1, width: 2);
        ItemRecord alone = Suspect(4, -2, width: 1);
        scheduler.TryStart(running, 0).ShouldBeTrue();
        scheduler.TryStart(second, 1).ShouldBeTrue();
        foreach (ItemRecord suspect in new[] { late, urgent, alone })
        {
            scheduler.TryStart(suspect, 0).ShouldBeFalse();
            scheduler.Enqueue(suspect, 0);
        }

        scheduler.End(running);
        scheduler.TakeStartable().ShouldBe([(0, urgent)]);
        scheduler.TryStart(urgent, 0).ShouldBeTrue();
        scheduler.End(second);
        scheduler.TakeStartable().ShouldBe([(0, late)]);
        scheduler.End(urgent);
        scheduler.TakeStartable().ShouldBe([(0, alone)]);
    }

    [Test]
    public void Each_stage_gets_back_as_many_as_could_start_if_the_others_sent_none()
    {
        var scheduler = new SuspectScheduler();
        ItemRecord running = Suspect(0, 0, width: 1);
        scheduler.TryStart(running, 0).ShouldBeTrue();
        (ItemRecord a, ItemRecord b) = (Suspect(1, 0, width: 1), Suspect(2, 0, width: 1));
        scheduler.Enqueue(a, 0);
        scheduler.Enqueue(b, 1);

        scheduler.End(running);

        scheduler.TakeStartable().ShouldBe([(0, a), (1, b)]);
        scheduler.TryStart(b, 1).ShouldBeTrue();
        scheduler.TryStart(a, 0).ShouldBeFalse();
    }

    private static ItemRecord Suspect(long sequence, int priority, int width) => new() { Key = sequence, Sequence = sequence, Priority = priority, MaxConcurrentSuspects = width, Crashes = 1 };
}
