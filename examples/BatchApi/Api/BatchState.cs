using System.Text.Json;

namespace BatchApi;

/// <summary>The part of the API's description of a batch that the example uses.</summary>
internal sealed record BatchState(string Id, string Status, string? OutputFileId, string? ErrorFileId, int Completed, int Total, string? Errors)
{
    /// <summary>Whether the state is final.</summary>
    public bool IsFinal => Status is "completed" or "failed" or "expired" or "cancelled";

    public static BatchState Parse(BinaryData json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        JsonElement counts = root.TryGetProperty("request_counts", out JsonElement found) ? found : default;
        return new BatchState(
            Text(root, "id") ?? throw new FormatException("A batch without an id."),
            Text(root, "status") ?? throw new FormatException("A batch without a status."),
            Text(root, "output_file_id"),
            Text(root, "error_file_id"),
            Count(counts, "completed"),
            Count(counts, "total"),
            Errors: DescribeErrors(root));
    }

    private static string? DescribeErrors(JsonElement root)
    {
        if (!root.TryGetProperty("errors", out JsonElement errors) || errors.ValueKind != JsonValueKind.Object
            || !errors.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array)
            return null;
        string[] texts = [.. data.EnumerateArray().Take(3).Select(Describe)];
        return texts.Length == 0 ? null : string.Join("; ", texts);
    }

    private static string Describe(JsonElement error)
    {
        string line = error.TryGetProperty("line", out JsonElement number) && number.ValueKind == JsonValueKind.Number ? $" (line {number})" : "";
        return $"{Text(error, "code") ?? "error"}: {Text(error, "message") ?? "no message was given"}{line}";
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int Count(JsonElement counts, string name) =>
        counts.ValueKind == JsonValueKind.Object && counts.TryGetProperty(name, out JsonElement value) && value.TryGetInt32(out int count) ? count : 0;
}
