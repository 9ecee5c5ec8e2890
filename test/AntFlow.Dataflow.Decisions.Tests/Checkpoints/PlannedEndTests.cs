using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Checkpoints;

public sealed class PlannedEndTests
{
    private readonly PlannedEnd _end = new();

    [Test]
    public void Without_a_word_an_end_is_not_planned()
    {
        _end.IsPlanned.ShouldBeFalse();
        _end.OnGoesOn(TimeSpan.FromHours(1)).ShouldBeNull();
        _end.IsPlanned.ShouldBeFalse();
    }

    [Test]
    public void A_signal_holds_for_two_minutes()
    {
        _end.OnSignal(TimeSpan.FromMinutes(10));
        _end.IsPlanned.ShouldBeTrue();

        _end.OnGoesOn(TimeSpan.FromMinutes(10)).ShouldBe(TimeSpan.FromMinutes(2));
        _end.OnGoesOn(TimeSpan.FromMinutes(12) - TimeSpan.FromTicks(1)).ShouldBe(TimeSpan.FromTicks(1));
        _end.IsPlanned.ShouldBeTrue();
        _end.OnGoesOn(TimeSpan.FromMinutes(12)).ShouldBeNull();
        _end.IsPlanned.ShouldBeFalse();
    }

    [Test]
    public void Each_signal_begins_anew()
    {
        _end.OnSignal(TimeSpan.Zero);
        _end.OnSignal(TimeSpan.FromMinutes(1));

        _end.OnGoesOn(TimeSpan.FromMinutes(2)).ShouldBe(TimeSpan.FromMinutes(1));
    }

    [TestCase(0, true)]
    [TestCase(1, false)]
    [TestCase(-1, false)]
    public void An_exit_code_counts_whatever_was_signaled_before(int code, bool isPlanned)
    {
        _end.OnExit(code);
        _end.IsPlanned.ShouldBe(isPlanned);
        _end.OnSignal(TimeSpan.Zero);
        _end.OnExit(code);
        _end.IsPlanned.ShouldBe(isPlanned);
    }

    [Test]
    public void Nothing_makes_the_end_of_a_process_that_crashes_a_planned_one()
    {
        _end.OnSignal(TimeSpan.Zero);
        _end.OnUnhandledException();
        _end.IsPlanned.ShouldBeFalse();
        _end.OnSignal(TimeSpan.Zero);
        _end.IsPlanned.ShouldBeFalse();
        _end.OnExit(0);
        _end.IsPlanned.ShouldBeFalse();
    }
}
