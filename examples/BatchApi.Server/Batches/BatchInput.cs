using System.Text;
using System.Text.Json;

namespace BatchApi.Server;

/// <summary>One valid request of a batch's input file.</summary>
internal sealed record InputRequest(string CustomId, string Model, string Text);

/// <summary>The error of a line, in the form of <c>errors.data[]</c> of a failed batch.</summary>
internal sealed record InputError(string Code, string Message, string? Param, int? Line);

/// <summary>An input file, read as the API reads it while a batch is validating.</summary>
internal sealed record BatchInput(IReadOnlyList<InputRequest> Requests, IReadOnlyList<InputError> Errors)
{
    public const int MostRequests = 50_000;

    public static BatchInput Read(ReadOnlySpan<byte> content, string endpoint)
    {
        var requests = new List<InputRequest>();
        var errors = new List<InputError>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string[] lines = Encoding.UTF8.GetString(content).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
                continue;
            InputError? error = ReadLine(lines[i], endpoint, out InputRequest? request);
            if (error is null && !seen.Add(request!.CustomId))
                error = new InputError("duplicate_custom_id", $"The custom_id '{request.CustomId}' is used more than once.", "custom_id", null);
            if (error is null)
                requests.Add(request!);
            else
                errors.Add(error with { Line = i + 1 });
        }

        if (requests.Count == 0 && errors.Count == 0)
            errors.Add(new InputError("empty_file", "The input file is empty. Please ensure that the batch contains at least one request.", null, null));
        if (requests.Count > MostRequests)
            errors.Add(new InputError("too_many_tasks", $"The batch has {requests.Count} requests; at most {MostRequests} are allowed.", null, null));
        return new BatchInput(requests, errors);
    }

    private static InputError? ReadLine(string line, string endpoint, out InputRequest? request)
    {
        request = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return new InputError("invalid_json_line", "This line is not a JSON object.", null, null);
            if (Text(root, "custom_id") is not { Length: > 0 } customId)
                return Missing("custom_id");
            if (Text(root, "method") is not "POST")
                return new InputError("invalid_method", "The method must be 'POST'.", "method", null);
            if (Text(root, "url") != endpoint)
                return new InputError("mismatched_endpoint", $"The url must be '{endpoint}', as the batch's endpoint.", "url", null);
            if (!root.TryGetProperty("body", out JsonElement body) || body.ValueKind != JsonValueKind.Object)
                return Missing("body");
            if (Text(body, "model") is not { Length: > 0 } model)
                return Missing("body.model");
            if (LastUserText(body) is not { } text)
                return Missing("body.messages");
            request = new InputRequest(customId, model, text);
            return null;
        }
        catch (JsonException)
        {
            return new InputError("invalid_json_line", "This line is not parseable as valid JSON.", null, null);
        }
    }

    private static InputError Missing(string name) => new("missing_required_parameter", $"Missing required parameter: '{name}'.", name, null);

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? LastUserText(JsonElement body)
    {
        if (!body.TryGetProperty("messages", out JsonElement messages) || messages.ValueKind != JsonValueKind.Array)
            return null;
        string? text = null;
        foreach (JsonElement message in messages.EnumerateArray())
        {
            if (message.ValueKind == JsonValueKind.Object && Text(message, "role") == "user")
                text = Text(message, "content") ?? text;
        }

        return text;
    }
}
