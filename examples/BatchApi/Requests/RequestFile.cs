using System.Text.Json;

namespace BatchApi;

/// <summary>Reads requests in OpenAI batch format: <c>{"custom_id", "method", "url", "body"}</c>, one a line.</summary>
internal static class RequestFile
{
    private const int ErrorsShown = 5;

    /// <exception cref="UsageException">The file cannot be read, or lines are wrong; the message names the first ones with their numbers.</exception>
    public static IReadOnlyList<BatchRequest> Read(string path)
    {
        try
        {
            return Read(Path.GetFileName(path), File.ReadLines(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--input is '{path}'; it cannot be read: {error.Message}");
        }
    }

    public static IReadOnlyList<BatchRequest> Read(string name, IEnumerable<string> lines)
    {
        var requests = new List<BatchRequest>();
        var errors = new List<string>();
        var firstLine = new Dictionary<string, int>(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            string? error = Check(line, out string customId);
            if (error is null && !firstLine.TryAdd(customId, number))
                error = $"custom_id '{customId}' was used in line {firstLine[customId]} already; each must be there once";
            if (error is null)
                requests.Add(new BatchRequest(customId, line.Trim()));
            else
                errors.Add($"{name} line {number}: {error}.");
        }

        if (errors.Count > ErrorsShown)
            errors = [.. errors.Take(ErrorsShown), $"... and {errors.Count - ErrorsShown} more."];
        if (errors.Count > 0)
            throw new UsageException(string.Join(Environment.NewLine, errors));
        return requests.Count > 0 ? requests : throw new UsageException($"{name} holds no requests; it needs one JSON object a line.");
    }

    private static string? Check(string line, out string customId)
    {
        customId = "";
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return $"a JSON {root.ValueKind}, it must be an object";
            customId = Text(root, "custom_id") ?? "";
            if (customId.Length == 0)
                return "custom_id is missing; it must be a text of its own for every request";
            if (Text(root, "method") is not "POST")
                return "method must be \"POST\"";
            if (Text(root, "url") is not BatchApiClient.RequestUrl)
                return $"url must be \"{BatchApiClient.RequestUrl}\"";
            return root.TryGetProperty("body", out JsonElement body) && body.ValueKind == JsonValueKind.Object ? null : "body must be an object";
        }
        catch (JsonException error)
        {
            return $"not valid JSON (at character {error.BytePositionInLine + 1})";
        }
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
