using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Says whether and when a failed attempt is tried again. Immutable; time and randomness are given to it.</summary>
/// <remarks>An item that waits for its next attempt holds its place in the stage (<c>MaxInFlight</c>), but no worker, and comes back with its old priority and
/// ticket. Functions of the policy run on the worker; one that throws fails the item with the error of the attempt, and what it threw goes to the log and
/// to <c>Errors.Callbacks</c>.</remarks>
public sealed record RetryPolicy
{
    private static readonly TimeSpan _longestDelay = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    // What is shorter is no delay: no timer is that exact, and a loop that comes back after it is a loop that never waits.
    private static readonly TimeSpan _shortestDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _firstRefusal = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestRefusal = TimeSpan.FromMinutes(1);

    private RetryPolicy()
    {
    }

    /// <summary>One attempt, and no other.</summary>
    public static RetryPolicy None { get; } = new() { Attempts = 1 };

    /// <summary>3 attempts, exponential from 1 second with jitter; never again after an error that another attempt does not mend: an <see cref="ArgumentException"/>,
    /// <see cref="NullReferenceException"/>, <see cref="InvalidCastException"/>, <see cref="NotSupportedException"/>, <see cref="NotImplementedException"/>, <see cref="FormatException"/>,
    /// <see cref="OverflowException"/>, <see cref="DivideByZeroException"/>, <see cref="IndexOutOfRangeException"/> or <see cref="KeyNotFoundException"/>, or what derives from one.</summary>
    public static RetryPolicy Default { get; } = new()
    {
        Attempts = 3,
        Delay = TimeSpan.FromSeconds(1),
        Factor = 2,
        Jitter = true,
        ShouldRetry = static e => e is not (ArgumentException or NullReferenceException or InvalidCastException or NotSupportedException or NotImplementedException
            or FormatException or OverflowException or DivideByZeroException or IndexOutOfRangeException or KeyNotFoundException),
    };

    /// <summary>How many attempts there are in all, the first one included. At least 1.</summary>
    public int Attempts { get; private init; } = 1;

    /// <summary>How long the item waits before its second attempt.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>The longest wait between two attempts. Default: none.</summary>
    public TimeSpan? MaxDelay { get; private init; }

    /// <summary>Whether delays vary at random, between half and the whole of what they would be. Keeps many items that failed together from coming back together.</summary>
    public bool Jitter { get; private init; }

    /// <summary>Whether an error is worth another attempt. Default: every one is (but see <see cref="Default"/>).</summary>
    public Func<Exception, bool>? ShouldRetry { get; init; }

    /// <summary>The wait after an error and the number of the attempt that failed (from 1), or null for the usual one. For <c>Retry-After</c>. Less than a millisecond, or a negative time, is
    /// no wait: another attempt begins at once then, and an item that is throttled waits as without an answer.</summary>
    public Func<Exception, int, TimeSpan?>? DelayFor { get; init; }

    /// <summary>Whether an error says "not now" rather than "no": then it was no attempt, and the item comes back after <see cref="DelayFor"/>. Without a wait from there it comes back after
    /// the first delay of the policy (1 second if that is below a millisecond), which doubles with each refusal in a row up to <see cref="MaxDelay"/>, or a minute without one. Default:
    /// nothing is.</summary>
    public Func<Exception, bool>? IsThrottle { get; init; }

    /// <summary>For how long an item may be throttled in a stage, counted from its first refusal there; after that it fails. Default: 24 hours.</summary>
    public TimeSpan ThrottleTimeout { get; init; } = TimeSpan.FromHours(24);

    private double Factor { get; init; } = 1;

    /// <summary>The same wait between all attempts.</summary>
    /// <param name="attempts">How many attempts there are in all, the first one included. At least 1.</param>
    /// <param name="delay">The wait. Not negative.</param>
    /// <returns>The policy.</returns>
    public static RetryPolicy Fixed(int attempts, TimeSpan delay) => new() { Attempts = attempts, Delay = delay };

    /// <summary>A wait that doubles with each attempt.</summary>
    /// <param name="attempts">How many attempts there are in all, the first one included. At least 1.</param>
    /// <param name="delay">The first wait. Not negative.</param>
    /// <param name="maxDelay">The longest wait. Default: none.</param>
    /// <param name="jitter">Whether waits vary at random, between half and the whole.</param>
    /// <returns>The policy.</returns>
    public static RetryPolicy Exponential(int attempts, TimeSpan delay, TimeSpan? maxDelay = null, bool jitter = true) =>
        new() { Attempts = attempts, Delay = delay, MaxDelay = maxDelay, Jitter = jitter, Factor = 2 };

    /// <summary>What is wrong with the values of this policy, one phrase each. They are told at <c>Build()</c>, together with all else that is wrong.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (Attempts < 1)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.Attempts is {Attempts}; it must be at least 1 (the first try counts)");
        if (Delay < TimeSpan.Zero || Delay > _longestDelay)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.Delay is {Delay}; it must be between zero and 49 days");
        if (MaxDelay is { } max && (max < TimeSpan.Zero || max > _longestDelay))
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.MaxDelay is {max}; it must be between zero and 49 days");
        if (MaxDelay < Delay)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.MaxDelay is {MaxDelay}, below Retry.Delay, which is {Delay}; it must be at least that, or null for no bound");
        if (ThrottleTimeout < TimeSpan.Zero)
            yield return string.Create(CultureInfo.InvariantCulture, $"Retry.ThrottleTimeout is {ThrottleTimeout}; it must not be negative");
    }

    /// <summary>Decides about a failed attempt.</summary>
    /// <param name="caller">What the functions of the policy find in their AsyncLocals.</param>
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

    /// <summary>The wait after the attempt of that number, before anybody's <see cref="DelayFor"/>.</summary>
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

    /// <summary>The wait after a refusal. One that uses up no attempt must not come back at once: it would be refused as fast as the machine can.</summary>
    private TimeSpan DelayAfterRefusal(TimeSpan? asked, int refusals)
    {
        if (asked >= _shortestDelay)
            return Clamp(asked.Value);
        TimeSpan first = Delay < _shortestDelay ? _firstRefusal : Delay;
        double longest = Math.Max(first.TotalSeconds, (MaxDelay ?? _longestRefusal).TotalSeconds);
        return TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, Math.Min(refusals, 32)), longest));
    }
}
