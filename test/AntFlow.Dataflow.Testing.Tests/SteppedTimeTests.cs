using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests;

public sealed class SteppedTimeTests
{
    private readonly SteppedTime _time = new();
    private readonly List<string> _fired = [];
    private DateTimeOffset _begin;

    [SetUp]
    public void Begin() => _begin = _time.GetUtcNow();

    [Test]
    public void It_stands_still_and_is_the_same_in_each_test()
    {
        _begin.ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _time.GetUtcNow().ShouldBe(_begin);
        (_time.NextDue, _time.PendingTimerCount, _time.StepToNextTimer()).ShouldBe((null, 0, false));
    }

    [Test]
    public void Timers_fire_in_their_order_each_at_its_time_and_none_is_stepped_over()
    {
        using ITimer second = Set("second", 2);
        using ITimer first = Set("first", 1);
        using ITimer late = Set("late", 10);

        _time.Advance(TimeSpan.FromSeconds(5));

        _fired.ShouldBe(["first at 1", "second at 2"]);
        (_time.GetUtcNow() - _begin, _time.NextDue, _time.PendingTimerCount).ShouldBe((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), 1));
    }

    [Test]
    public void A_step_goes_only_as_far_as_it_may()
    {
        using ITimer timer = Set("timer", 5);

        _time.StepToNextTimer(within: TimeSpan.FromSeconds(4)).ShouldBeFalse();
        (_time.GetUtcNow(), _fired.Count).ShouldBe((_begin, 0));
        _time.StepToNextTimer(within: TimeSpan.FromSeconds(5)).ShouldBeTrue();
        _fired.ShouldBe(["timer at 5"]);
    }

    [Test]
    public void A_timer_that_a_callback_sets_fires_on_the_same_way()
    {
        ITimer? second = null;
        using ITimer first = _time.CreateTimer(_ => second = Set("second", 1), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(3));

        _fired.ShouldBe(["second at 2"]);
        second!.Dispose();
    }

    [Test]
    public void A_step_goes_to_the_next_timer_with_all_that_are_due_at_the_same_time()
    {
        using ITimer a = Set("a", 3), b = Set("b", 3), c = Set("c", 4);

        _time.StepToNextTimer().ShouldBeTrue();

        _fired.ShouldBe(["a at 3", "b at 3"]);
    }

    [Test]
    public void A_periodic_timer_fires_again_and_again()
    {
        using ITimer timer = _time.CreateTimer(_ => Note("tick"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(5));

        _fired.ShouldBe(["tick at 1", "tick at 3", "tick at 5"]);
    }

    [Test]
    public void A_timer_that_is_due_at_once_fires_at_once()
    {
        using ITimer timer = Set("now", 0);

        _fired.ShouldBe(["now at 0"]);
    }

    [Test]
    public void A_timer_that_was_disposed_does_not_fire_and_is_not_set_again()
    {
        ITimer timer = Set("never", 1);
        timer.Dispose();

        timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(5));

        _fired.ShouldBeEmpty();
    }

    [Test]
    public void It_does_not_go_back() => Should.Throw<ArgumentOutOfRangeException>(() => _time.Advance(TimeSpan.FromTicks(-1)));

    [Test]
    public async Task It_tells_when_so_many_timers_are_set()
    {
        Task both = _time.WhenPendingAsync(2);
        using ITimer one = Set("one", 1);
        both.IsCompleted.ShouldBeFalse();
        using ITimer two = Set("two", 1);

        await both.InTime();
    }

    [Test]
    public async Task It_is_driven_until_a_task_has_ended()
    {
        (await _time.DriveAsync(SleepAsync())).ShouldBe(3);
        (_time.GetUtcNow() - _begin).ShouldBe(TimeSpan.FromDays(6));

        async Task<int> SleepAsync()
        {
            for (int day = 1; day <= 3; day++)
                await Task.Delay(TimeSpan.FromDays(day), _time);
            return 3;
        }
    }

    [Test]
    public async Task It_is_stepped_to_a_timer_that_is_known()
    {
        Task step = _time.StepAsync(7);
        using ITimer other = Set("other", 8);
        step.IsCompleted.ShouldBeFalse();
        using ITimer known = Set("known", 7);

        await step.InTime();

        _fired.ShouldBe(["known at 7"]);
    }

    [Test]
    public async Task It_is_stepped_to_that_timer_alone_while_it_is_set_again_and_again()
    {
        using var stop = new CancellationTokenSource();
        using ITimer timer = Set("known", 7);
        Task setting = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                timer.Change(TimeSpan.FromSeconds(7), Timeout.InfiniteTimeSpan);
                timer.Change(TimeSpan.FromSeconds(8), Timeout.InfiniteTimeSpan);
            }
        });

        try
        {
            for (int step = 1; step <= 1_000; step++)
            {
                await _time.StepAsync(7);
                (_time.GetUtcNow() - _begin).ShouldBe(TimeSpan.FromSeconds(7) * step);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await setting.InTime();
        }
    }

    [TestCase(-2)]
    [TestCase(-1.5)]
    [TestCase(-1)]
    [TestCase(-0.5)]
    [TestCase(4294967294)]
    [TestCase(4294967295)]
    [TestCase(1e12)]
    public void Due_times_and_periods_are_taken_or_refused_as_those_of_the_clock_of_the_system(double milliseconds)
    {
        TimeSpan time = TimeSpan.FromMilliseconds(milliseconds);
        TimeSpan[][] both = [[time, Timeout.InfiniteTimeSpan], [Timeout.InfiniteTimeSpan, time]];

        foreach (TimeSpan[] each in both)
        {
            string OutcomeOf(TimeProvider clock)
            {
                using ITimer timer = clock.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                try
                {
                    clock.CreateTimer(_ => { }, null, each[0], each[1]).Dispose();
                    return $"{timer.Change(each[0], each[1])}";
                }
                catch (ArgumentOutOfRangeException error)
                {
                    Should.Throw<ArgumentOutOfRangeException>(() => timer.Change(each[0], each[1])).ParamName.ShouldBe(error.ParamName);
                    return $"{error.ParamName}";
                }
            }

            OutcomeOf(_time).ShouldBe(OutcomeOf(TimeProvider.System));
        }
    }

    [Test]
    public void A_due_time_less_than_a_millisecond_below_zero_is_zero()
    {
        using ITimer now = Set("now", -0.000_5), never = Set("never", -0.001_5);

        _time.Advance(TimeSpan.FromSeconds(1));

        _fired.ShouldBe(["now at 0"]);
    }

    [Test]
    public void A_timer_is_left_as_it_was_by_a_due_time_that_is_refused()
    {
        using ITimer timer = Set("timer", 1);

        Should.Throw<ArgumentOutOfRangeException>(() => timer.Change(TimeSpan.MaxValue, Timeout.InfiniteTimeSpan));

        _time.Advance(TimeSpan.FromSeconds(1));
        _fired.ShouldBe(["timer at 1"]);
    }

    [Test]
    public async Task A_drive_that_does_not_end_says_for_what_it_waited_and_which_timers_are_set()
    {
        Task<int> answer = new TaskCompletionSource<int>().Task;

        (await _time.DriveAsync(answer, TimeSpan.Zero).CatchAsync<TimeoutException>()).Message
            .ShouldBe("Has not ended within 0 s, however far the clock was stepped: answer. No timer is set.");
        using ITimer late = Set("late", 9), soon = Set("soon", 3);
        (await _time.DriveAsync(answer, TimeSpan.Zero).CatchAsync<TimeoutException>()).Message
            .ShouldBe("Has not ended within 0 s, however far the clock was stepped: answer. Timers that are set: 2, the next one due in 00:00:03.");
    }

    private ITimer Set(string name, double seconds) => _time.CreateTimer(_ => Note(name), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);

    private void Note(string name) => _fired.Add($"{name} at {(_time.GetUtcNow() - _begin).TotalSeconds}");
}
