namespace AntFlow.Dataflow;

/// <summary>Decides what happens to an item whose attempt has failed. Pure, except for the functions of the policy.</summary>
/// <param name="policy">Decides whether and when there is another attempt.</param>
/// <param name="itemTimeout">The time limit for all attempts; null for none.</param>
/// <param name="clock">The clock of the times.</param>
internal readonly struct RetryRules(RetryPolicy policy, TimeSpan? itemTimeout, RunClock clock)
{
    /// <summary>Decides whether and when the item has another attempt.</summary>
    /// <param name="caller">The context in which the functions of the policy run.</param>
    /// <param name="item">The item in its state after the failed attempt.</param>
    /// <param name="error">The error of the attempt.</param>
    /// <param name="hasTimedOut">Whether the error is a timeout, which never counts as throttling.</param>
    /// <param name="now">The time of the failure.</param>
    /// <param name="random">A number of [0, 1).</param>
    public RetryDecision Decide(in Caller caller, Item item, Exception error, bool hasTimedOut, long now, double random)
    {
        TimeSpan throttledFor = item.Visit.ThrottledSince is { } since ? clock.Between(since, now) : TimeSpan.Zero;
        RetryDecision decision = policy.Decide(caller, new FailedAttempt(error, item.Visit.Attempt, item.Visit.Refusals, throttledFor, MayThrottle: !hasTimedOut), random);
        return decision.Verdict != RetryVerdict.Fail && itemTimeout is { } limit && clock.Between(item.Visit.StartedAt, now) + decision.Delay >= limit
            ? decision with { Verdict = RetryVerdict.Fail, IsOutOfTime = true }
            : decision;
    }

    /// <summary>Records the outcome of the last attempt on an item that waits for its next one.</summary>
    public static void Note(Item item, Exception error, RetryVerdict verdict, long now)
    {
        item.Visit.LastError = error;
        bool isThrottled = verdict == RetryVerdict.Throttle;
        item.Visit.Standing = isThrottled ? VisitState.Throttled : VisitState.Retrying;
        item.Visit.Refusals = isThrottled ? item.Visit.Refusals + 1 : 0;
        if (!isThrottled)
            return;
        item.Visit.Attempt--;
        item.Visit.ThrottledSince ??= now;
    }
}
