using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Retries;

internal sealed class RetryPolicyModelTests
{
    [Test]
    public void A_policy_decides_as_its_table_says() => DecisionPlans.Play(Decide);

    [Test]
    public void A_delay_doubles_up_to_its_bound_and_varies_between_half_and_the_whole() => DecisionPlans.Play(DelayAfter);

    private static string Decide(Dice dice)
    {
        int attempts = dice.Between(1, 5);
        int delayMs = dice.Pick(0, 1, 500);
        bool? shouldRetry = dice.Pick<bool?>(null, true, false);
        bool? isThrottle = dice.Pick<bool?>(null, true, false);
        TimeSpan? delayFor = dice.Pick<TimeSpan?>(null, TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.FromTicks(9_999), TimeSpan.FromSeconds(7), TimeSpan.MaxValue);
        string throwing = dice.Pick("none", "none", "ShouldRetry", "IsThrottle", "DelayFor");
        var thrown = new InvalidOperationException(throwing);
        RetryPolicy policy = (attempts == 1 && delayMs == 0 ? RetryPolicy.None : RetryPolicy.Fixed(attempts, TimeSpan.FromMilliseconds(delayMs))) with
        {
            ShouldRetry = throwing == "ShouldRetry" ? _ => throw thrown : shouldRetry is { } retry ? _ => retry : null,
            IsThrottle = throwing == "IsThrottle" ? _ => throw thrown : isThrottle is { } throttle ? _ => throttle : null,
            DelayFor = throwing == "DelayFor" ? (_, _) => throw thrown : delayFor is { } wait ? (_, _) => wait : null,
            ThrottleTimeout = TimeSpan.FromSeconds(10),
        };
        int attempt = dice.Between(1, 6);
        int refusals = dice.Pick(0, 1, 5, int.MaxValue);
        var throttledFor = TimeSpan.FromSeconds(dice.Below(20));
        bool mayThrottle = dice.OneIn(2);

        RetryDecision decision = policy.Decide(default, new FailedAttempt(new TimeoutException(), attempt, refusals, throttledFor, mayThrottle), dice.Fraction());

        RetryVerdict expected;
        if (mayThrottle && throwing == "IsThrottle")
            expected = RetryVerdict.Fail;
        else if (mayThrottle && isThrottle == true && throwing != "IsThrottle")
            expected = throttledFor >= TimeSpan.FromSeconds(10) || throwing == "DelayFor" ? RetryVerdict.Fail : RetryVerdict.Throttle;
        else if (attempt >= attempts || throwing is "ShouldRetry" or "DelayFor" || shouldRetry == false)
            expected = RetryVerdict.Fail;
        else
            expected = RetryVerdict.Retry;
        decision.Verdict.ShouldBe(expected);
        if (expected != RetryVerdict.Fail)
        {
            decision.PolicyError.ShouldBeNull();
            TimeSpan longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);
            TimeSpan? asked = throwing == "DelayFor" ? null : delayFor > longest ? longest : delayFor;
            TimeSpan usual = TimeSpan.FromMilliseconds(delayMs);
            if (expected == RetryVerdict.Throttle)
            {
                // Never at once, and longer each time up to a minute.
                TimeSpan first = delayMs == 0 ? TimeSpan.FromSeconds(1) : usual;
                usual = refusals switch { 0 => first, 1 => first * 2, 5 => first * 32, _ => TimeSpan.FromMinutes(1) };
            }

            decision.Delay.ShouldBe(asked >= TimeSpan.FromMilliseconds(1) ? asked.Value : expected == RetryVerdict.Throttle || asked is null ? usual : TimeSpan.Zero);
        }
        else if (decision.PolicyError is { } error)
        {
            error.ShouldBeSameAs(thrown);
        }

        return decision.ToString();
    }

    private static string DelayAfter(Dice dice)
    {
        var delay = TimeSpan.FromMilliseconds(dice.Below(5000));
        TimeSpan? max = dice.OneIn(2) ? TimeSpan.FromMilliseconds(dice.Below(60_000)) : null;
        bool jitter = dice.OneIn(2);
        bool isFixed = dice.OneIn(3);
        RetryPolicy policy = isFixed ? RetryPolicy.Fixed(9, delay) : RetryPolicy.Exponential(9, delay, max, jitter);
        int attempt = dice.Between(1, 80);
        double random = dice.Fraction();

        TimeSpan actual = policy.DelayAfter(attempt, random);

        double whole = delay.TotalSeconds;
        double longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2).TotalSeconds;
        for (int i = 1; i < attempt && !isFixed && whole < longest * 4; i++)
            whole *= 2;
        if (!isFixed && max is { } bound)
            whole = Math.Min(whole, bound.TotalSeconds);
        double expected = Math.Min(longest, !isFixed && jitter ? (whole / 2) + (whole / 2 * random) : whole);
        actual.TotalSeconds.ShouldBe(expected, 0.001);
        if (max is { } most && !isFixed)
            actual.ShouldBeLessThanOrEqualTo(most);
        return actual.ToString();
    }
}
