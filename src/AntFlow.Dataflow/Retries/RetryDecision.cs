namespace AntFlow.Dataflow;

internal enum RetryVerdict
{
    /// <summary>There is no further attempt.</summary>
    Fail,

    /// <summary>There is another attempt after the delay.</summary>
    Retry,

    /// <summary>The call was throttled: it is repeated after the delay and does not count as an attempt.</summary>
    Throttle,
}

/// <summary>The decision about an item whose call has failed.</summary>
/// <param name="Verdict">Whether there is another attempt.</param>
/// <param name="Delay">The time that the item waits for the next attempt.</param>
/// <param name="PolicyError">The exception that a function of the policy threw.</param>
/// <param name="IsOutOfTime">Whether the next attempt would start only after the time limit of the item.</param>
internal readonly record struct RetryDecision(RetryVerdict Verdict, TimeSpan Delay, Exception? PolicyError = null, bool IsOutOfTime = false);

/// <summary>A failed attempt, in the form that a <see cref="RetryPolicy"/> evaluates.</summary>
/// <param name="Error">The exception of the call.</param>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="Refusals">How often in succession the item was throttled before.</param>
/// <param name="ThrottledFor">The time since the item was first throttled in this stage; zero if it never was.</param>
/// <param name="MayThrottle">False for errors that never count as throttling, such as a timeout.</param>
internal readonly record struct FailedAttempt(Exception Error, int Attempt, int Refusals, TimeSpan ThrottledFor, bool MayThrottle);
