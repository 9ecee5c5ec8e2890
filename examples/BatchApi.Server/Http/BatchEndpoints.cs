using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchApi.Server;

internal sealed class BatchEndpoints(BatchStore batches, BatchLife life, FileStore files, Traffic traffic)
{
    private const string OnlyEndpoint = "/v1/chat/completions";

    public void Map(WebApplication app)
    {
        app.MapPost("/v1/batches", (Delegate)CreateAsync);
        app.MapGet("/v1/batches", List);
        app.MapGet("/v1/batches/{id}", Retrieve);
        app.MapPost("/v1/batches/{id}/cancel", CancelAsync);
    }

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        JsonObject body;
        try
        {
            body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            return ApiError.BadRequest("We could not parse the JSON body of your request. The API expects a JSON object.");
        }

        if (Text(body, "input_file_id") is not { } inputId)
            return ApiError.BadRequest("Missing required parameter: 'input_file_id'.", "input_file_id", "missing_required_parameter");
        if (Text(body, "endpoint") is not OnlyEndpoint)
            return ApiError.BadRequest($"Invalid value for 'endpoint'. This server answers only '{OnlyEndpoint}'.", "endpoint", "invalid_value");
        if (Text(body, "completion_window") is not "24h")
            return ApiError.BadRequest("Invalid value for 'completion_window'. Only '24h' is supported.", "completion_window", "invalid_value");
        if (!TryReadMetadata(body, out JsonObject? metadata))
            return ApiError.BadRequest("Invalid 'metadata': at most 16 pairs of strings are allowed.", "metadata", "invalid_value");

        return context.Guarded(traffic, CallKind.Create, inputId, () => files.Find(inputId) is { } input
            ? Json(batches.Create(input, OnlyEndpoint, metadata).Created, context)
            : ApiError.NotFound($"No such File object: {inputId}", "input_file_id"));
    }

    private IResult List(HttpContext context) => context.Guarded(traffic, CallKind.List, "batches", () =>
        Listing.Page([.. batches.All().Select(batch => batch.ToJson())], context.Request, usual: 20, most: 100));

    private IResult Retrieve(string id, HttpContext context) => context.Guarded(traffic, CallKind.Poll, id, () =>
        batches.Find(id) is { } batch ? Json(batch.ToJson(), context) : NoSuch(id));

    private async Task<IResult> CancelAsync(string id, HttpContext context)
    {
        if (context.Refusal(traffic, CallKind.Other, id) is { } refusal)
            return ApiError.Refused(refusal, context);
        if (batches.Find(id) is not { } batch)
            return NoSuch(id);
        return await life.CancelAsync(batch)
            ? Json(batch.ToJson(), context)
            : ApiError.Conflict($"Cannot cancel a batch with status '{batch.Status}'.");
    }

    private static IResult NoSuch(string id) => ApiError.NotFound($"No batch found with id '{id}'.");

    private static IResult Json(JsonObject json, HttpContext context)
    {
        // The log of calls then shows which states the client has seen.
        context.Items[Calls.StateKey] = json["status"]!.GetValue<string>();
        return Wire.Json(json);
    }

    private static string? Text(JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    private static bool TryReadMetadata(JsonObject body, out JsonObject? metadata)
    {
        metadata = body["metadata"] as JsonObject;
        if (body["metadata"] is null)
            return true;
        return metadata is { Count: <= 16 } && metadata.All(pair => pair.Value?.GetValueKind() == JsonValueKind.String);
    }
}
