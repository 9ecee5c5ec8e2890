namespace AntFlow.Dataflow;

internal enum RetryVerdict
{
    /// <summary>No further attempt.</summary>
    Fail,

    /// <summary>Another attempt after the delay.</summary>
    Retry,

    /// <summary>The call was refused by throttling: it comes back after the delay and was no attempt.</summary>
    Throttle,
}

/// <summary>What becomes of an item whose call has failed.</summary>
/// <param name="Verdict">Whether there is another attempt.</param>
/// <param name="Delay">How long the item waits for it.</param>
/// <param name="PolicyError">What a function of the policy threw.</param>
/// <param name="IsOutOfTime">Whether it would begin only after the item's time is over.</param>
internal readonly record struct RetryDecision(RetryVerdict Verdict, TimeSpan Delay, Exception? PolicyError = null, bool IsOutOfTime = false);

/// <summary>An attempt that has failed, as a <see cref="RetryPolicy"/> looks at it.</summary>
/// <param name="Error">What the call threw.</param>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="Refusals">How often in a row the item was throttled before.</param>
/// <param name="ThrottledFor">How long ago the item was first throttled in this stage; zero if it never was.</param>
/// <param name="MayThrottle">False for errors that are never a throttling, such as a timeout.</param>
internal readonly record struct FailedAttempt(Exception Error, int Attempt, int Refusals, TimeSpan ThrottledFor, bool MayThrottle);
