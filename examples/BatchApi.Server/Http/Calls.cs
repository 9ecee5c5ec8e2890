using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>The steps that every call passes: the log, the key, and the refusals.</summary>
internal static class Calls
{
    public const string StateKey = "state";
    private const string ResourceKey = "resource";
    private const string EarlyKey = "early";

    /// <summary>Does the work unless the call is refused, and logs the call.</summary>
    public static IResult Guarded(this HttpContext context, Traffic traffic, CallKind kind, string resource, Func<IResult> work)
    {
        Refusal? refusal = context.Refusal(traffic, kind, resource);
        if (refusal is null)
            return work();
        if (refusal.Kind == RefusalKind.ErrorAfter)
            work();
        return ApiError.Refused(refusal, context);
    }

    public static Refusal? Refusal(this HttpContext context, Traffic traffic, CallKind kind, string resource)
    {
        context.Items[ResourceKey] = resource;
        Refusal? refusal = traffic.Refuse(kind, context.Request.Method, resource);
        context.Items[EarlyKey] = refusal is { IsEarly: true };
        return refusal;
    }

    public static void UseLog(this WebApplication app, ServerLog log, TimeProvider time) => app.Use(async (context, next) =>
    {
        DateTimeOffset arrived = time.GetUtcNow();
        long begin = time.GetTimestamp();
        // Written before the answer is sent, so that a client that has the answer finds the call in the log.
        context.Response.OnStarting(() =>
        {
            string? retryAfter = context.Response.Headers.RetryAfter;
            log.Write("call", arrived, new JsonObject
            {
                ["method"] = context.Request.Method,
                ["path"] = context.Request.Path.Value,
                ["resource"] = context.Items[ResourceKey] as string,
                ["status"] = context.Response.StatusCode,
                ["retry_after"] = retryAfter is null ? null : int.Parse(retryAfter),
                ["early"] = context.Items[EarlyKey] is true,
                ["state"] = context.Items[StateKey] as string,
                ["milliseconds"] = Math.Round(time.GetElapsedTime(begin).TotalMilliseconds, 3),
            });
            return Task.CompletedTask;
        });
        await next(context);
    });

    /// <param name="app">The server.</param>
    /// <param name="onlyKey">The key that is accepted; null for any.</param>
    public static void UseKey(this WebApplication app, string? onlyKey) => app.Use(async (context, next) =>
    {
        const string None = "You didn't provide an API key. You need to provide it in an Authorization header using Bearer auth "
            + "(i.e. Authorization: Bearer YOUR_KEY).";
        string header = context.Request.Headers.Authorization.ToString();
        string key = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..].Trim() : "";
        if (key.Length == 0)
            await ApiError.Unauthorized(None, null).ExecuteAsync(context);
        else if (onlyKey is not null && key != onlyKey)
            await ApiError.Unauthorized("Incorrect API key provided.", "invalid_api_key").ExecuteAsync(context);
        else
            await next(context);
    });
}
