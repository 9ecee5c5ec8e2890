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

/// <summary>What a <see cref="RetryPolicy"/> says of a failed call.</summary>
internal readonly record struct RetryDecision(RetryVerdict Verdict, TimeSpan Delay, Exception? PolicyError = null);
