namespace AntFlow.Dataflow;

/// <summary>Decides what becomes of an item whose attempt has failed. Pure, but for the functions of the policy.</summary>
/// <param name="policy">What says whether, and when, there is another attempt.</param>
/// <param name="itemTimeout">The time for all attempts; null without a limit.</param>
/// <param name="clock">What the times are of.</param>
internal readonly struct RetryRules(RetryPolicy policy, TimeSpan? itemTimeout, RunClock clock)
{
    /// <summary>Decides.</summary>
    /// <param name="caller">What the functions of the policy find in their AsyncLocals.</param>
    /// <param name="item">The item, as the failed attempt has left it.</param>
    /// <param name="error">What the attempt has failed with.</param>
    /// <param name="hasTimedOut">Whether that is a timeout, which is never a throttling.</param>
    /// <param name="now">When it failed.</param>
    /// <param name="random">A number of [0, 1).</param>
    public RetryDecision Decide(in Caller caller, Item item, Exception error, bool hasTimedOut, long now, double random)
    {
        TimeSpan throttledFor = item.Visit.ThrottledSince is { } since ? clock.Between(since, now) : TimeSpan.Zero;
        RetryDecision decision = policy.Decide(caller, new FailedAttempt(error, item.Visit.Attempt, item.Visit.Refusals, throttledFor, MayThrottle: !hasTimedOut), random);
        return decision.Verdict != RetryVerdict.Fail && itemTimeout is { } limit && clock.Between(item.Visit.StartedAt, now) + decision.Delay >= limit
            ? decision with { Verdict = RetryVerdict.Fail, IsOutOfTime = true }
            : decision;
    }

    /// <summary>Notes on an item that waits for its next attempt what its last one has come to.</summary>
    public static void Note(Item item, Exception error, RetryVerdict verdict, long now)
    {
        item.Visit.LastError = error;
        bool isThrottled = verdict == RetryVerdict.Throttle;
        item.Visit.Standing = isThrottled ? Standing.Throttled : Standing.Retrying;
        item.Visit.Refusals = isThrottled ? item.Visit.Refusals + 1 : 0;
        if (!isThrottled)
            return;
        item.Visit.Attempt--;
        item.Visit.ThrottledSince ??= now;
    }
}
