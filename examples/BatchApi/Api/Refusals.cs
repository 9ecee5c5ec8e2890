using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;

namespace BatchApi;

/// <summary>What a failed call means: come back later, try again, or give up.</summary>
internal static class Refusals
{
    // A timer may fire a little before its time by another clock; then the call would come early and be refused again.
    private static readonly TimeSpan _grain = TimeSpan.FromMilliseconds(50);

    /// <summary>429: the API is busy, the call is no attempt.</summary>
    public static bool IsThrottle(Exception error) => error is ClientResultException { Status: 429 };

    /// <summary>401 or 403: no call will go better with this key.</summary>
    public static bool IsKeyRefused(Exception error) => error is ClientResultException { Status: 401 or 403 };

    /// <summary>Whether the same call may go better the next time.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        // Status 0: no answer arrived at all.
        ClientResultException api => api.Status is 0 or 408 or 409 or >= 500,
        HttpRequestException or IOException => true,
        // Not our cancellation, which never gets here: the network's timeout, wrapped or not.
        OperationCanceledException or TimeoutException => true,
        AggregateException several => several.InnerExceptions.All(IsTransient),
        _ => false,
    };

    /// <summary>How long the API asked us to wait, if it did.</summary>
    public static TimeSpan? RetryAfter(Exception error, DateTimeOffset now)
    {
        if ((error as ClientResultException)?.GetRawResponse()?.Headers is not { } headers)
            return null;
        return Header(headers, "retry-after-ms") is { } milliseconds && Number(milliseconds) is { } exact ? TimeSpan.FromMilliseconds(exact) + _grain
            : Header(headers, "Retry-After") is { } text ? Parse(text, now)
            : null;
    }

    /// <summary>What an error says, for a row or a line.</summary>
    public static string InOneLine(Exception error) => string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Seconds or a date, as RFC 9110, 10.2.3 has it.</summary>
    internal static TimeSpan? Parse(string retryAfter, DateTimeOffset now)
    {
        if (Number(retryAfter) is { } seconds)
            return TimeSpan.FromSeconds(seconds) + _grain;
        if (!DateTimeOffset.TryParse(retryAfter, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date))
            return null;
        TimeSpan left = date - now;
        return (left > TimeSpan.Zero ? left : TimeSpan.Zero) + _grain;
    }

    private static string? Header(PipelineResponseHeaders headers, string name) => headers.TryGetValue(name, out string? value) ? value : null;

    // At most a day: a header must not be able to park an item for ever.
    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value <= 86_400_000 ? value : null;
}
