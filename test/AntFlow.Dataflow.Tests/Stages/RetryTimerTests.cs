using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>The timer of a waiting room is set by many threads and fires when it likes: in the end it is set to what is due next, or not at all.</summary>
public sealed class RetryTimerTests
{
    private readonly ScriptedTime _time = new();
    private readonly DelayQueue _delayed = new();
    private readonly List<long> _returned = [];
    private readonly List<Exception> _faults = [];
    private readonly RunClock _clock;
    private readonly RetryTimer _timer;
    private Action? _onLook;

    public RetryTimerTests()
    {
        _clock = new RunClock(_time);
        _timer = new RetryTimer(_clock, ReturnDue, NextDue, _faults.Add);
    }

    private ScriptedTimer Timer => _time.Timers.ShouldHaveSingleItem();

    [Test]
    public void It_is_set_to_the_item_that_is_due_next_whichever_comes_first()
    {
        Add(1, 5);
        SecondsLeft().ShouldBe(5);
        Add(2, 9);
        SecondsLeft().ShouldBe(5, "a later one changes nothing");
        Add(3, 5);
        SecondsLeft().ShouldBe(5, "nor does one that is due at the same time");
        Add(4, 2);
        SecondsLeft().ShouldBe(2, "an earlier one does");

        FireAfter(2);
        _returned.ShouldBe([4]);
        SecondsLeft().ShouldBe(3);
        FireAfter(3);
        _returned.ShouldBe([4, 1, 3]);
        SecondsLeft().ShouldBe(4);
        FireAfter(4);
        _returned.ShouldBe([4, 1, 3, 2]);
        Timer.Due.ShouldBeNull();
    }

    [TestCase(2, 2)]
    [TestCase(5, 5)]
    [TestCase(9, 5)]
    public void Whoever_adds_an_item_while_another_one_sets_the_timer_need_not_wait(int seconds, int expected)
    {
        Once(() => OnAnotherThread(() => Add(2, seconds)));
        Add(1, 5);

        SecondsLeft().ShouldBe(expected);
    }

    [TestCase(2, 2)]
    [TestCase(9, 5)]
    public void An_item_that_is_added_between_the_look_and_the_setting_counts(int seconds, int expected)
    {
        _onLook = () => OnAnotherThread(() => Add(2, seconds));
        Add(1, 5);

        SecondsLeft().ShouldBe(expected);
    }

    [Test]
    public void It_may_fire_before_whoever_makes_it_has_got_it()
    {
        Once(() => OnAnotherThread(() => FireAfter(5)));
        Add(2, 8);
        // That was the first setting, and the timer came early for item 2.
        _returned.ShouldBeEmpty();
        SecondsLeft().ShouldBe(3);

        Once(() => OnAnotherThread(() => FireAfter(3)));
        Add(3, 10);
        _returned.ShouldBe([2]);
        SecondsLeft().ShouldBe(7);
    }

    [Test]
    public void It_may_fire_between_the_look_and_the_setting_and_is_not_left_set_for_an_item_that_is_gone()
    {
        Add(1, 5);
        _onLook = () => OnAnotherThread(() => FireAfter(5));
        _timer.Arm();

        _returned.ShouldBe([1]);
        Timer.Due.ShouldBeNull("nothing waits any more");
    }

    [Test]
    public void It_may_fire_between_the_look_and_the_setting_and_is_set_to_the_next_one()
    {
        Add(1, 5);
        Add(2, 20);
        _onLook = () => OnAnotherThread(() => FireAfter(5));
        _timer.Arm();

        _returned.ShouldBe([1]);
        SecondsLeft().ShouldBe(15);
    }

    [Test]
    public void A_callback_of_an_earlier_setting_may_come_late()
    {
        Add(1, 5);
        Add(2, 1);
        FireAfter(1);
        Timer.GoOff();
        Timer.GoOff();

        _returned.ShouldBe([2], "item 1 is not due");
        SecondsLeft().ShouldBe(4);
    }

    [Test]
    public void An_item_that_is_put_away_again_while_the_timer_fires_is_not_forgotten()
    {
        Add(1, 5);
        _onLook = () => OnAnotherThread(() => Add(1, 3));
        FireAfter(5);

        _returned.ShouldBe([1]);
        SecondsLeft().ShouldBe(3);
    }

    [Test]
    public void What_lies_beyond_all_timers_is_reached_in_several_steps()
    {
        Add(1, TimeSpan.FromDays(60).TotalSeconds);
        Timer.Due!.Value.ShouldBeLessThan(TimeSpan.FromDays(50));
        FireAfter(Timer.Due!.Value.TotalSeconds);
        Add(2, TimeSpan.FromDays(300).TotalSeconds);
        Timer.Due!.Value.ShouldBeLessThan(TimeSpan.FromDays(11));
        FireAfter(Timer.Due!.Value.TotalSeconds);

        _returned.ShouldBe([1]);
        Timer.Due!.Value.ShouldBeLessThan(TimeSpan.FromDays(50), "a change is cut as well as a first setting");
    }

    [Test]
    public void After_the_end_it_is_gone()
    {
        Add(1, 5);
        _delayed.TryTakeAny(out _).ShouldBeTrue();
        _timer.Disable();
        _timer.Disable();
        Timer.IsDisposed.ShouldBeTrue();
        int settings = Timer.Settings;

        Timer.GoOff();
        _timer.Arm();
        Timer.Settings.ShouldBe(settings);
        _faults.ShouldBeEmpty();
    }

    [Test]
    public void The_end_may_come_while_it_is_being_made()
    {
        Once(() => OnAnotherThread(_timer.Disable));
        Add(1, 5);

        Timer.IsDisposed.ShouldBeTrue();
        Timer.Settings.ShouldBe(1);
    }

    [Test]
    public void The_end_may_come_between_the_look_and_the_making()
    {
        _onLook = () => OnAnotherThread(_timer.Disable);
        Add(1, 5);

        Timer.IsDisposed.ShouldBeTrue();
    }

    [Test]
    public void An_end_without_a_timer_makes_none()
    {
        _timer.Disable();
        Add(1, 5);

        _time.Timers.ShouldBeEmpty();
    }

    [Test]
    public void One_that_cannot_be_set_is_a_fault_and_holds_up_nobody()
    {
        _time.OnSet = _ => throw new InvalidTimeZoneException("made");
        Add(1, 5);
        _faults.ShouldHaveSingleItem().Message.ShouldBe("made");
        _time.OnSet = null;
        Add(2, 6);
        _time.Timers[^1].Due.ShouldNotBeNull("who comes next tries again");

        _time.OnSet = _ => throw new InvalidTimeZoneException("changed");
        Add(3, 1);
        _faults.Count.ShouldBe(2);
        _time.OnDispose = _ => throw new InvalidTimeZoneException("disposed");
        _timer.Disable();
        _faults.Select(fault => fault.Message).ShouldBe(["made", "changed", "disposed"]);
    }

    [Test]
    public void One_that_throws_where_it_fires_throws_into_no_thread_of_a_timer()
    {
        Add(1, 5);
        Add(2, 9);
        _time.OnSet = _ => throw new InvalidTimeZoneException("changed");
        FireAfter(5);

        _returned.ShouldBe([1]);
        _faults.ShouldHaveSingleItem();
    }

    /// <summary>Runs on a thread of its own and waits for it: a thread that holds a lock here, or waits for the one that sets the timer, would never return.</summary>
    private static void OnAnotherThread(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                thrown = error;
            }
        });
        thread.Start();
        thread.Join(Testing.Waiting.Patience).ShouldBeTrue();
        thrown.ShouldBeNull();
    }

    /// <summary>What happens within the next setting of the timer.</summary>
    private void Once(Action action) => _time.OnSet = _ =>
    {
        _time.OnSet = null;
        action();
    };

    private void Add(long number, double seconds)
    {
        lock (_delayed)
            _delayed.Add(new Item { Sequence = number }, _clock.After(_clock.Now, TimeSpan.FromSeconds(seconds)));
        _timer.Arm();
    }

    private void FireAfter(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds) + TimeSpan.FromTicks(1));
        Timer.GoOff();
    }

    private double SecondsLeft() => Math.Round(Timer.Due!.Value.TotalSeconds, 3);

    private void ReturnDue(long now)
    {
        lock (_delayed)
        {
            while (_delayed.TryTakeDue(now, out Item item))
                _returned.Add(item.Sequence);
        }
    }

    /// <summary>What is due next; then the test has its say, and the answer may be an old one.</summary>
    private long? NextDue()
    {
        long? due;
        lock (_delayed)
            due = _delayed.NextDueAt;
        Interlocked.Exchange(ref _onLook, null)?.Invoke();
        return due;
    }
}
