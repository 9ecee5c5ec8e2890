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
        (_time.NextDue, _time.PendingTimers, _time.StepToNextTimer()).ShouldBe((null, 0, false));
    }

    [Test]
    public void Timers_fire_in_their_order_each_at_its_time_and_none_is_stepped_over()
    {
        using ITimer second = Set("second", 2);
        using ITimer first = Set("first", 1);
        using ITimer late = Set("late", 10);

        _time.Advance(TimeSpan.FromSeconds(5));

        _fired.ShouldBe(["first at 1", "second at 2"]);
        (_time.GetUtcNow() - _begin, _time.NextDue, _time.PendingTimers).ShouldBe((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), 1));
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

    private ITimer Set(string name, double seconds) => _time.CreateTimer(_ => Note(name), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);

    private void Note(string name) => _fired.Add($"{name} at {(_time.GetUtcNow() - _begin).TotalSeconds}");
}
