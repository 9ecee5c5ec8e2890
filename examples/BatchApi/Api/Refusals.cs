using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;

namespace BatchApi;

/// <summary>Classifies a failed call: wait, retry, or give up.</summary>
internal static class Refusals
{
    // By another clock, a timer may fire slightly early. The call would then be refused again.
    private static readonly TimeSpan _grain = TimeSpan.FromMilliseconds(50);

    /// <summary>429: the API is busy; the call does not count as an attempt.</summary>
    public static bool IsThrottle(Exception error) => error is ClientResultException { Status: 429 };

    /// <summary>401 or 403: no call with this key can succeed.</summary>
    public static bool IsKeyRefused(Exception error) => error is ClientResultException { Status: 401 or 403 };

    /// <summary>Whether the same call may succeed the next time.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        // Status 0: no answer arrived.
        ClientResultException api => api.Status is 0 or 408 or 409 or >= 500,
        HttpRequestException or IOException => true,
        // A timeout of the network, wrapped or not. A cancellation by this program is handled before.
        OperationCanceledException or TimeoutException => true,
        AggregateException several => several.InnerExceptions.All(IsTransient),
        _ => false,
    };

    /// <summary>The wait that the API asked for, if any.</summary>
    public static TimeSpan? RetryAfter(Exception error, DateTimeOffset now)
    {
        if ((error as ClientResultException)?.GetRawResponse()?.Headers is not { } headers)
            return null;
        return Header(headers, "retry-after-ms") is { } milliseconds && Number(milliseconds) is { } exact ? TimeSpan.FromMilliseconds(exact) + _grain
            : Header(headers, "Retry-After") is { } text ? Parse(text, now)
            : null;
    }

    /// <summary>The text of an error, for a row or a line.</summary>
    public static string InOneLine(Exception error) => string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Seconds or a date, as in RFC 9110, section 10.2.3.</summary>
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

    // At most a day: a header must not delay an item indefinitely.
    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value <= 86_400_000 ? value : null;
}
