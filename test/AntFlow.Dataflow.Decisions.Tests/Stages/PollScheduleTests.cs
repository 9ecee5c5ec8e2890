using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

internal sealed class PollScheduleTests
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(30);

    [TestCase(0, 27)]
    [TestCase(0.5, 30)]
    [TestCase(0.999, 33)]
    public void The_time_between_two_looks_varies_by_the_jitter_in_both_directions(double random, double seconds)
    {
        var schedule = new PollSchedule(_every, First: null, Jitter: 0.1);

        schedule.Next(random).TotalSeconds.ShouldBe(seconds, tolerance: 0.01);
        schedule.BeforeFirst(isResumed: false, random).ShouldBe(schedule.Next(random));
        (schedule with { Jitter = 0 }).Next(random).ShouldBe(_every);
    }

    [Test]
    public void The_first_look_may_have_a_time_of_its_own()
    {
        var schedule = new PollSchedule(_every, First: TimeSpan.FromSeconds(10), Jitter: 0.5);

        schedule.BeforeFirst(isResumed: false, random: 0).ShouldBe(TimeSpan.FromSeconds(5));
        (schedule.WaitsFirst, (schedule with { First = TimeSpan.Zero }).WaitsFirst, (schedule with { First = null }).WaitsFirst).ShouldBe((true, false, true));
    }

    [Test]
    public void Items_of_an_earlier_start_are_spread_over_the_time_between_two_looks() => DecisionPlans.Play(dice =>
    {
        var schedule = new PollSchedule(_every, First: TimeSpan.FromHours(1), Jitter: 0.1);
        double random = dice.Below(1_000) / 1_000.0;

        schedule.BeforeFirst(isResumed: true, random).ShouldBe(_every * random);
        return $"{random}";
    });
}
