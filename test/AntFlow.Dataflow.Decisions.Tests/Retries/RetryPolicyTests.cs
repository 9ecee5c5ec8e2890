using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Retries;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private static readonly Exception[] _forGood =
    [
        new ArgumentException(), new ArgumentNullException(), new NullReferenceException(), new InvalidCastException(), new NotSupportedException(), new NotImplementedException(),
        new FormatException(), new OverflowException(), new DivideByZeroException(), new IndexOutOfRangeException(), new KeyNotFoundException(),
    ];

    private static readonly Exception[] _forNow = [new IOException(), new TimeoutException(), new InvalidOperationException(), new HttpRequestException(), new ArithmeticException()];

    [Test]
    public void None_is_one_attempt_without_any_wait()
    {
        (RetryPolicy.None.Attempts, RetryPolicy.None.Delay, RetryPolicy.None.MaxDelay, RetryPolicy.None.Jitter).ShouldBe((1, TimeSpan.Zero, null, false));
        Decide(RetryPolicy.None).Verdict.ShouldBe(RetryVerdict.Fail);
        RetryPolicy.None.ThrottleTimeout.ShouldBe(TimeSpan.FromHours(24));
    }

    [Test]
    public void The_default_is_three_attempts_from_a_second_on_with_jitter()
    {
        (RetryPolicy.Default.Attempts, RetryPolicy.Default.Delay, RetryPolicy.Default.MaxDelay, RetryPolicy.Default.Jitter).ShouldBe((3, TimeSpan.FromSeconds(1), null, true));
        Decide(RetryPolicy.Default, attempt: 1, random: 0).ShouldBe(new RetryDecision(RetryVerdict.Retry, TimeSpan.FromSeconds(0.5)));
        Decide(RetryPolicy.Default, attempt: 2, random: 0.5).ShouldBe(new RetryDecision(RetryVerdict.Retry, TimeSpan.FromSeconds(1.5)));
        Decide(RetryPolicy.Default, attempt: 3).Verdict.ShouldBe(RetryVerdict.Fail);
    }

    [TestCaseSource(nameof(_forGood))]
    public void The_default_does_not_try_again_what_another_attempt_does_not_mend(Exception error) => RetryPolicy.Default.ShouldRetry!(error).ShouldBeFalse();

    [TestCaseSource(nameof(_forNow))]
    public void The_default_tries_again_after_other_errors(Exception error) => RetryPolicy.Default.ShouldRetry!(error).ShouldBeTrue();

    [Test]
    public void A_fixed_policy_always_waits_the_same_and_an_exponential_one_twice_as_long_each_time()
    {
        RetryPolicy same = RetryPolicy.Fixed(9, TimeSpan.FromSeconds(3));
        RetryPolicy doubling = RetryPolicy.Exponential(9, TimeSpan.FromSeconds(3), jitter: false);

        Enumerable.Range(1, 4).Select(attempt => same.DelayAfter(attempt, 0.5).TotalSeconds).ShouldBe([3, 3, 3, 3]);
        Enumerable.Range(1, 4).Select(attempt => doubling.DelayAfter(attempt, 0.5).TotalSeconds).ShouldBe([3, 6, 12, 24]);
        (same.Jitter, doubling.Jitter, RetryPolicy.Exponential(9, TimeSpan.FromSeconds(3)).Jitter).ShouldBe((false, false, true));
    }

    [Test]
    public void A_delay_of_less_than_a_millisecond_is_none()
    {
        RetryPolicy.Fixed(9, TimeSpan.FromTicks(9_999)).DelayAfter(1, 0).ShouldBe(TimeSpan.Zero);
        RetryPolicy.Fixed(9, TimeSpan.FromTicks(10_000)).DelayAfter(1, 0).ShouldBe(TimeSpan.FromMilliseconds(1));
        Decide(Asking(TimeSpan.FromTicks(9_999))).Delay.ShouldBe(TimeSpan.Zero);
        Decide(Asking(TimeSpan.FromTicks(10_000))).Delay.ShouldBe(TimeSpan.FromMilliseconds(1));
    }

    [Test]
    public void A_delay_is_never_longer_than_a_timer_can_be_set()
    {
        RetryPolicy.Exponential(99, TimeSpan.FromDays(40), jitter: false).DelayAfter(2, 0).ShouldBe(_longest);
        RetryPolicy.Fixed(9, _longest).DelayAfter(1, 0).ShouldBe(_longest);
        Decide(Asking(_longest)).Delay.ShouldBe(_longest);
        Decide(Asking(_longest + TimeSpan.FromTicks(1))).Delay.ShouldBe(_longest);
        Decide(Asking(TimeSpan.MaxValue) with { IsThrottle = _ => true }).ShouldBe(new RetryDecision(RetryVerdict.Throttle, _longest));
    }

    [Test]
    public void An_item_is_throttled_for_less_than_its_time_and_fails_once_that_is_over()
    {
        RetryPolicy policy = RetryPolicy.Fixed(1, TimeSpan.FromSeconds(2)) with { IsThrottle = _ => true, ThrottleTimeout = TimeSpan.FromSeconds(10) };

        Decide(policy, throttledFor: TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1)).ShouldBe(new RetryDecision(RetryVerdict.Throttle, TimeSpan.FromSeconds(2)));
        Decide(policy, throttledFor: TimeSpan.FromSeconds(10)).ShouldBe(new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero));
    }

    [Test]
    public void The_wait_after_a_refusal_doubles_up_to_the_longest_delay_or_a_minute_and_is_never_less_than_the_first()
    {
        WaitsAfterRefusals(RetryPolicy.None).ShouldBe([1, 2, 4, 60, 60]);
        WaitsAfterRefusals(RetryPolicy.Fixed(1, TimeSpan.FromTicks(9_999))).ShouldBe([1, 2, 4, 60, 60]);
        WaitsAfterRefusals(RetryPolicy.Fixed(1, TimeSpan.FromTicks(10_000))).ShouldBe([0.001, 0.002, 0.004, 60, 60]);
        WaitsAfterRefusals(RetryPolicy.Fixed(1, TimeSpan.FromSeconds(90))).ShouldBe([90, 90, 90, 90, 90]);
        WaitsAfterRefusals(RetryPolicy.Exponential(1, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5))).ShouldBe([2, 4, 5, 5, 5]);
        WaitsAfterRefusals(RetryPolicy.Exponential(1, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(5))).ShouldBe([9, 9, 9, 9, 9]);
    }

    [Test]
    public void A_wait_of_a_millisecond_that_is_asked_for_after_a_refusal_is_kept_and_a_shorter_one_is_not()
    {
        Decide(Asking(TimeSpan.FromTicks(10_000)) with { IsThrottle = _ => true }).Delay.ShouldBe(TimeSpan.FromMilliseconds(1));
        Decide(Asking(TimeSpan.FromTicks(9_999)) with { IsThrottle = _ => true }).Delay.ShouldBe(TimeSpan.FromSeconds(3));
        Decide(Asking(null) with { IsThrottle = _ => true }).Delay.ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Test]
    public void A_function_that_throws_fails_the_item_with_what_it_threw_beside_its_own_error()
    {
        var thrown = new InvalidOperationException();
        RetryPolicy policy = RetryPolicy.Fixed(9, TimeSpan.FromSeconds(1));

        Decide(policy with { ShouldRetry = _ => throw thrown }).ShouldBe(new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero, thrown));
        Decide(policy with { DelayFor = (_, _) => throw thrown }).ShouldBe(new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero, thrown));
        Decide(policy with { IsThrottle = _ => throw thrown }).ShouldBe(new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero, thrown));
        Decide(policy with { IsThrottle = _ => throw thrown }, mayThrottle: false).Verdict.ShouldBe(RetryVerdict.Retry);
    }

    [Test]
    public void Functions_run_in_the_surroundings_of_the_caller_and_leave_none_of_their_own_behind()
    {
        var local = new AsyncLocal<string?> { Value = "of the caller" };
        Caller caller = Caller.Capture();
        local.Value = "of the worker";
        string? seen = null;
        RetryPolicy policy = RetryPolicy.Fixed(9, TimeSpan.Zero) with
        {
            ShouldRetry = _ =>
            {
                (seen, local.Value) = (local.Value, "of the function");
                return true;
            },
        };

        policy.Decide(caller, Failed(attempt: 1), random: 0).Verdict.ShouldBe(RetryVerdict.Retry);

        (seen, local.Value).ShouldBe(("of the caller", "of the worker"));
    }

    [Test]
    public void Functions_are_given_the_error_and_the_number_of_the_attempt()
    {
        var error = new TimeoutException();
        List<(Exception, int)> asked = [];
        RetryPolicy policy = RetryPolicy.Fixed(9, TimeSpan.Zero) with
        {
            DelayFor = (exception, attempt) =>
            {
                asked.Add((exception, attempt));
                return null;
            },
        };

        policy.Decide(default, new FailedAttempt(error, 4, 0, TimeSpan.Zero, MayThrottle: true), random: 0);
        (policy with { IsThrottle = e => e == error }).Decide(default, new FailedAttempt(error, 5, 0, TimeSpan.Zero, MayThrottle: true), random: 0);

        asked.ShouldBe([(error, 4), (error, 5)]);
    }

    [Test]
    public void A_fit_policy_has_no_faults_at_the_ends_of_its_ranges_either()
    {
        RetryPolicy.None.FindFaults().ShouldBeEmpty();
        RetryPolicy.Default.FindFaults().ShouldBeEmpty();
        RetryPolicy.Fixed(1, _longest).FindFaults().ShouldBeEmpty();
        RetryPolicy.Exponential(1, TimeSpan.Zero, TimeSpan.Zero).FindFaults().ShouldBeEmpty();
        (RetryPolicy.Exponential(1, TimeSpan.Zero, _longest) with { ThrottleTimeout = TimeSpan.Zero }).FindFaults().ShouldBeEmpty();
    }

    [Test]
    public void All_that_is_wrong_with_a_policy_is_told_at_once()
    {
        TimeSpan tooLong = _longest + TimeSpan.FromTicks(1);

        (RetryPolicy.Exponential(0, TimeSpan.FromTicks(-1), TimeSpan.FromTicks(-1)) with { ThrottleTimeout = TimeSpan.FromTicks(-1) }).FindFaults().ShouldBe(
        [
            "Retry.Attempts is 0; it must be at least 1 (the first attempt counts)",
            "Retry.Delay is -00:00:00.0000001; it must be between zero and 49 days",
            "Retry.MaxDelay is -00:00:00.0000001; it must be between zero and 49 days",
            "Retry.ThrottleTimeout is -00:00:00.0000001; it must not be negative",
        ]);
        RetryPolicy.Exponential(1, tooLong, tooLong).FindFaults().ShouldBe(
        [
            $"Retry.Delay is {tooLong}; it must be between zero and 49 days",
            $"Retry.MaxDelay is {tooLong}; it must be between zero and 49 days",
        ]);
    }

    private static RetryPolicy Asking(TimeSpan? delay) => RetryPolicy.Fixed(9, TimeSpan.FromSeconds(3)) with { DelayFor = (_, _) => delay };

    private static double[] WaitsAfterRefusals(RetryPolicy policy) =>
        [.. new[] { 0, 1, 2, 32, int.MaxValue }.Select(refusals => Decide(policy with { IsThrottle = _ => true }, refusals: refusals).Delay.TotalSeconds)];

    private static RetryDecision Decide(RetryPolicy policy, int attempt = 1, int refusals = 0, TimeSpan throttledFor = default, bool mayThrottle = true, double random = 0) =>
        policy.Decide(default, Failed(attempt, refusals, throttledFor, mayThrottle), random);

    private static FailedAttempt Failed(int attempt, int refusals = 0, TimeSpan throttledFor = default, bool mayThrottle = true) =>
        new(new TimeoutException(), attempt, refusals, throttledFor, mayThrottle);
}
