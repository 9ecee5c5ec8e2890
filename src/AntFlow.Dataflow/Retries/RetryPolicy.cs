using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Decides whether and when a failed attempt is repeated. Immutable; it uses the clock and the random numbers of the run.</summary>
/// <remarks>An item that waits for its next attempt occupies its place in the stage (<c>MaxInFlight</c>), but no worker. It returns with its priority and its position in the queue. The functions
/// of the policy run on the worker. If a function throws, the item fails with the error of the attempt, and the exception of the function goes to the log and to <c>Errors.Callbacks</c>.</remarks>
public sealed record RetryPolicy
{
    private static readonly TimeSpan _longestDelay = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    // A shorter time is no delay: no timer is that precise, and a loop that repeats after it would never wait.
    private static readonly TimeSpan _shortestDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _firstRefusal = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestRefusal = TimeSpan.FromMinutes(1);

    private RetryPolicy()
    {
    }

    /// <summary>A single attempt without retries.</summary>
    public static RetryPolicy None { get; } = new() { Attempts = 1 };

    /// <summary>3 attempts with exponential delays from 1 second, with jitter. There are no retries after an error that another attempt cannot resolve: an <see cref="ArgumentException"/>,
    /// <see cref="NullReferenceException"/>, <see cref="InvalidCastException"/>, <see cref="NotSupportedException"/>, <see cref="NotImplementedException"/>, <see cref="FormatException"/>,
    /// <see cref="OverflowException"/>, <see cref="DivideByZeroException"/>, <see cref="IndexOutOfRangeException"/> or <see cref="KeyNotFoundException"/>, or a type derived from one of
    /// these.</summary>
    public static RetryPolicy Default { get; } = new()
    {
        Attempts = 3,
        Delay = TimeSpan.FromSeconds(1),
        Factor = 2,
        Jitter = true,
        ShouldRetry = static e => e is not (ArgumentException or NullReferenceException or InvalidCastException or NotSupportedException or NotImplementedException
            or FormatException or OverflowException or DivideByZeroException or IndexOutOfRangeException or KeyNotFoundException),
    };

    /// <summary>The total number of attempts, including the first one. At least 1.</summary>
    public int Attempts { get; private init; } = 1;

    /// <summary>The delay before the second attempt.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>The longest delay between two attempts. Default: null, which is unlimited.</summary>
    public TimeSpan? MaxDelay { get; private init; }

    /// <summary>Whether delays vary at random, between half and the whole of the nominal delay. Jitter keeps items that failed together from being retried together.</summary>
    public bool Jitter { get; private init; }

    /// <summary>Whether another attempt is made after an error. Default: after every error (but see <see cref="Default"/>).</summary>
    public Func<Exception, bool>? ShouldRetry { get; init; }

    /// <summary>Returns the delay for an error and the number of the failed attempt (from 1), or null for the default delay. Use it for <c>Retry-After</c>. A negative time or less than a
    /// millisecond means no delay: the next attempt starts at once. A throttled item then waits as if the function had returned null.</summary>
    public Func<Exception, int, TimeSpan?>? DelayFor { get; init; }

    /// <summary>Whether an error means "not now", as with throttling. Such a call does not count as an attempt, and is repeated after <see cref="DelayFor"/>. If that returns no delay, the call is
    /// repeated after the first delay of the policy (1 second if that is below a millisecond). This delay doubles with each successive refusal, up to <see cref="MaxDelay"/>, or up to a minute if
    /// that is not set. Default: no error.</summary>
    public Func<Exception, bool>? IsThrottle { get; init; }

    /// <summary>How long an item may be throttled in a stage, from its first refusal there; after that it fails. Default: 24 hours.</summary>
    public TimeSpan ThrottleTimeout { get; init; } = TimeSpan.FromHours(24);

    private double Factor { get; init; } = 1;

    /// <summary>Creates a policy with the same delay between all attempts.</summary>
    /// <param name="attempts">The total number of attempts, including the first one. At least 1.</param>
    /// <param name="delay">The delay. Not negative.</param>
    /// <returns>The policy.</returns>
    public static RetryPolicy Fixed(int attempts, TimeSpan delay) => new() { Attempts = attempts, Delay = delay };

    /// <summary>Creates a policy with a delay that doubles with each attempt.</summary>
    /// <param name="attempts">The total number of attempts, including the first one. At least 1.</param>
    /// <param name="delay">The first delay. Not negative.</param>
    /// <param name="maxDelay">The longest delay. Default: unlimited.</param>
    /// <param name="jitter">Whether delays vary at random, between half and the whole. Default: true.</param>
    /// <returns>The policy.</returns>
    public static RetryPolicy Exponential(int attempts, TimeSpan delay, TimeSpan? maxDelay = null, bool jitter = true) =>
        new() { Attempts = attempts, Delay = delay, MaxDelay = maxDelay, Jitter = jitter, Factor = 2 };

    /// <summary>Returns the faults of this policy, one phrase each. <c>Build()</c> reports them together with all other faults.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (Attempts < 1)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.Attempts is {Attempts}; it must be at least 1 (the first attempt counts)");
        if (Delay < TimeSpan.Zero || Delay > _longestDelay)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.Delay is {Delay}; it must be between zero and 49 days");
        if (MaxDelay is { } max && (max < TimeSpan.Zero || max > _longestDelay))
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.MaxDelay is {max}; it must be between zero and 49 days");
        if (MaxDelay < Delay)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.MaxDelay is {MaxDelay}, below Retry.Delay, which is {Delay}; it must be at least that, or null for no limit");
        if (ThrottleTimeout < TimeSpan.Zero)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.ThrottleTimeout is {ThrottleTimeout}; it must not be negative");
    }

    /// <summary>Decides about a failed attempt.</summary>
    /// <param name="caller">The context in which the functions of the policy run.</param>
    /// <param name="failed">The attempt.</param>
    /// <param name="random">A number of [0, 1).</param>
    internal RetryDecision Decide(in Caller caller, in FailedAttempt failed, double random)
    {
        UserCall user = UserCall.Begin(caller);
        try
        {
            return Decide(failed, random);
        }
        catch (Exception policyError)
        {
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero, policyError);
        }
        finally
        {
            user.End();
        }
    }

    /// <summary>Returns the delay after the attempt of that number, before <see cref="DelayFor"/> is applied.</summary>
    internal TimeSpan DelayAfter(int attempt, double random)
    {
        if (Delay < _shortestDelay)
            return TimeSpan.Zero;
        double seconds = Delay.TotalSeconds * Math.Pow(Factor, attempt - 1);
        if (MaxDelay is { } max)
            seconds = Math.Min(seconds, max.TotalSeconds);
        if (Jitter)
            seconds *= 0.5 + (random / 2);
        return seconds >= _longestDelay.TotalSeconds ? _longestDelay : TimeSpan.FromSeconds(seconds);
    }

    private RetryDecision Decide(in FailedAttempt failed, double random)
    {
        (Exception error, int attempt) = (failed.Error, failed.Attempt);
        if (failed.MayThrottle && IsThrottle is { } isThrottle && isThrottle(error))
        {
            return failed.ThrottledFor >= ThrottleTimeout
                ? new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero)
                : new RetryDecision(RetryVerdict.Throttle, DelayAfterRefusal(DelayFor?.Invoke(error, attempt), failed.Refusals));
        }

        if (attempt >= Attempts || ShouldRetry?.Invoke(error) == false)
            return new RetryDecision(RetryVerdict.Fail, TimeSpan.Zero);
        return new RetryDecision(RetryVerdict.Retry, Clamp(DelayFor?.Invoke(error, attempt) ?? DelayAfter(attempt, random)));
    }

    private static TimeSpan Clamp(TimeSpan delay) =>
        delay < _shortestDelay ? TimeSpan.Zero : delay > _longestDelay ? _longestDelay : delay;

    /// <summary>Returns the delay after a refusal. It must not be zero: a refusal uses up no attempt, so the call would be repeated as fast as the machine can.</summary>
    private TimeSpan DelayAfterRefusal(TimeSpan? asked, int refusals)
    {
        if (asked >= _shortestDelay)
            return Clamp(asked.Value);
        TimeSpan first = Delay < _shortestDelay ? _firstRefusal : Delay;
        double longest = Math.Max(first.TotalSeconds, (MaxDelay ?? _longestRefusal).TotalSeconds);
        return TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, Math.Min(refusals, 32)), longest));
    }
}
