using System.Text.Json.Nodes;

namespace BatchApi.Server;

internal sealed class FileEndpoints(FileStore files, Traffic traffic)
{
    public void Map(WebApplication app)
    {
        app.MapPost("/v1/files", (Delegate)UploadAsync);
        app.MapGet("/v1/files", List);
        app.MapGet("/v1/files/{id}", Retrieve);
        app.MapGet("/v1/files/{id}/content", Download);
        app.MapDelete("/v1/files/{id}", Delete);
    }

    private async Task<IResult> UploadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
            return ApiError.BadRequest("The content type must be multipart/form-data.");
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        string? purpose = form["purpose"];
        if (form.Files.GetFile("file") is not { } upload)
            return ApiError.BadRequest("Missing required parameter: 'file'.", "file", "missing_required_parameter");
        if (purpose != "batch")
            return ApiError.BadRequest($"Invalid purpose: '{purpose}'. This server takes only 'batch'.", "purpose", "invalid_value");
        if (!upload.FileName.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            return ApiError.BadRequest("Invalid file format for Batch API. Must be .jsonl", "file", "invalid_file_format");

        using var content = new MemoryStream();
        await upload.CopyToAsync(content, context.RequestAborted);
        byte[] bytes = content.ToArray();
        string resource = FileStore.FingerprintOf(bytes);
        return context.Guarded(traffic, CallKind.Upload, resource, () => Json(files.Add(upload.FileName, purpose, bytes)));
    }

    private IResult List(HttpContext context) => context.Guarded(traffic, CallKind.List, "files", () =>
    {
        string? purpose = context.Request.Query["purpose"];
        IEnumerable<StoredFile> asked = files.All().Where(file => string.IsNullOrEmpty(purpose) || file.Purpose == purpose);
        if (context.Request.Query["order"] == "asc")
            asked = asked.Reverse();
        return Listing.Page([.. asked.Select(ToJson)], context.Request, usual: 10_000, most: 10_000);
    });

    private IResult Retrieve(string id, HttpContext context) => Found(id, context, CallKind.Other, Json);

    private IResult Download(string id, HttpContext context) =>
        Found(id, context, CallKind.Download, file => Results.Bytes(file.Content, "application/octet-stream"));

    private IResult Delete(string id, HttpContext context) => Found(id, context, CallKind.Other, file =>
    {
        files.Remove(file.Id);
        return Wire.Json(new JsonObject { ["id"] = file.Id, ["object"] = "file", ["deleted"] = true });
    });

    private IResult Found(string id, HttpContext context, CallKind kind, Func<StoredFile, IResult> work) =>
        context.Guarded(traffic, kind, id, () => files.Find(id) is { } file ? work(file) : ApiError.NotFound($"No such File object: {id}"));

    private static IResult Json(StoredFile file) => Wire.Json(ToJson(file));

    private static JsonObject ToJson(StoredFile file) => new()
    {
        ["id"] = file.Id,
        ["object"] = "file",
        ["bytes"] = file.Content.Length,
        ["created_at"] = file.CreatedAt,
        ["expires_at"] = null,
        ["filename"] = file.Name,
        ["purpose"] = file.Purpose,
        ["status"] = "processed",
        ["status_details"] = null,
    };
}
