using System.Globalization;
using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>Errors in the API's form: <c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
internal static class ApiError
{
    public static JsonObject Body(string message, string type, string? param, string? code) => new()
    {
        ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = param, ["code"] = code },
    };

    public static IResult BadRequest(string message, string? param = null, string? code = null) =>
        Result(StatusCodes.Status400BadRequest, Body(message, "invalid_request_error", param, code));

    public static IResult NotFound(string message, string? param = "id") =>
        Result(StatusCodes.Status404NotFound, Body(message, "invalid_request_error", param, "not_found"));

    public static IResult Conflict(string message) =>
        Result(StatusCodes.Status409Conflict, Body(message, "invalid_request_error", null, null));

    public static IResult Unauthorized(string message, string? code) =>
        Result(StatusCodes.Status401Unauthorized, Body(message, "invalid_request_error", null, code));

    public static IResult Refused(Refusal refusal, HttpContext context)
    {
        if (refusal.Kind != RefusalKind.Throttled)
            return Result(refusal.Status, Body("The server had an error while processing your request. Sorry about that!", "server_error", null, null));
        context.Response.Headers.RetryAfter = refusal.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        string message = $"Rate limit reached for requests. Please try again in {refusal.RetryAfterSeconds}s.";
        return Result(refusal.Status, Body(message, "requests", null, "rate_limit_exceeded"));
    }

    private static IResult Result(int status, JsonObject body) => Wire.Json(body, status);
}
