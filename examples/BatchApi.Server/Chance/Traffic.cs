using System.Globalization;

namespace BatchApi.Server;

internal enum RefusalKind
{
    /// <summary>429, with a Retry-After.</summary>
    Throttled,

    /// <summary>A 5xx; the work was not done.</summary>
    ErrorBefore,

    /// <summary>A 5xx although the work was done: the answer was lost on its way.</summary>
    ErrorAfter,
}

internal sealed record Refusal(RefusalKind Kind, int Status, int RetryAfterSeconds = 0, bool IsEarly = false);

/// <summary>How often calls of one kind are refused.</summary>
internal sealed record CallKind(string Name, double Throttled, double ErrorBefore, double ErrorAfter = 0)
{
    public static readonly CallKind Upload = new("upload", 0.08, 0.04);
    // An answer lost after the batch was created: a client that simply creates the batch again pays for it twice.
    public static readonly CallKind Create = new("create", 0.08, 0.03, ErrorAfter: 0.03);
    public static readonly CallKind Poll = new("poll", 0.02, 0.01);
    public static readonly CallKind Download = new("download", 0.08, 0.04);
    // Never throttled: all callers request the same list, so the Retry-After of one caller would make the call of another one early.
    public static readonly CallKind List = new("list", 0, 0.01);
    public static readonly CallKind Other = new("other", 0.02, 0.01);
}

/// <summary>
/// Decides which calls are refused, by the called resource and the number of its earlier calls. A throttled resource stays throttled until its
/// Retry-After is over; a call before that is refused again, and the log marks it as early.
/// </summary>
internal sealed class Traffic(Seeded chance, double trouble, TimeProvider time)
{
    // Guards the two dictionaries; only the clock is called under it.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _calls = [];
    private readonly Dictionary<string, DateTimeOffset> _throttledUntil = [];

    public Refusal? Refuse(CallKind kind, string method, string resource)
    {
        string key = $"{method} {kind.Name} {resource}";
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_throttledUntil.TryGetValue(key, out DateTimeOffset until) && now < until)
                return new Refusal(RefusalKind.Throttled, 429, (int)Math.Ceiling((until - now).TotalSeconds), IsEarly: true);

            int call = _calls[key] = _calls.GetValueOrDefault(key) + 1;
            Refusal? refusal = Decide(chance, trouble, kind, key, call);
            if (refusal is { Kind: RefusalKind.Throttled })
                _throttledUntil[key] = now.AddSeconds(refusal.RetryAfterSeconds);
            return refusal;
        }
    }

    /// <summary>Returns the outcome of the <paramref name="call"/>-th call of <paramref name="key"/>. Pure.</summary>
    internal static Refusal? Decide(Seeded chance, double trouble, CallKind kind, string key, int call)
    {
        string turn = call.ToString(CultureInfo.InvariantCulture);
        // Without trouble this is infinity, or NaN for 0, and neither is below a rate.
        double share = chance.Share("refuse", key, turn) / trouble;
        if (share < kind.Throttled)
            return new Refusal(RefusalKind.Throttled, 429, 1 + chance.Below(4, "retry-after", key, turn) / 3);
        int status = chance.Below(3, "status", key, turn) switch { 0 => 500, 1 => 502, _ => 503 };
        if (share < kind.Throttled + kind.ErrorBefore)
            return new Refusal(RefusalKind.ErrorBefore, status);
        return share < kind.Throttled + kind.ErrorBefore + kind.ErrorAfter ? new Refusal(RefusalKind.ErrorAfter, 500) : null;
    }
}
