using System.Text.Json;

namespace BatchApi;

/// <summary>Creates rows from the output file and the error file of a batch, and for the requests that are in neither.</summary>
internal static class BatchOutput
{
    /// <param name="batch">Each of its requests gets one row, in the same order.</param>
    /// <param name="status">The final status. A batch that expired has done a part of its work, and that part counts.</param>
    /// <param name="files">The texts of the output file and of the error file, if they exist.</param>
    public static IReadOnlyList<ResultRow> Rows(RequestBatch batch, string status, params IEnumerable<string?> files)
    {
        var rows = new Dictionary<string, ResultRow>(StringComparer.Ordinal);
        int unreadable = 0;
        foreach (string? file in files)
        {
            foreach (string line in (file ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                ResultRow? row = ReadLine(batch.Name, line);
                if (row is null)
                    unreadable++;
                // The first row wins: the output file is read before the error file.
                else
                    rows.TryAdd(row.CustomId, row);
            }
        }

        string missing = $"no_answer: the batch ended as {status} without an answer to this request";
        if (unreadable > 0)
            missing += $"; {unreadable} lines of its files could not be read";
        return [.. batch.Requests.Select(request => rows.TryGetValue(request.CustomId, out ResultRow? row)
            ? row
            : new ResultRow(request.CustomId, batch.Name, false, null, missing))];
    }

    private static ResultRow? ReadLine(string batch, string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("custom_id", out JsonElement id) || id.GetString() is not { } customId)
                return null;
            JsonElement? response = Member(root, "response");
            string? error = Member(root, "error") is { } outer ? Describe(outer)
                : response is { } answer ? Refusal(answer)
                : "no_answer: the line has neither a response nor an error";
            return new ResultRow(customId, batch, error is null, response?.GetRawText(), error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: a member of another type than the API promises
        }
    }

    /// <returns>Null for an answer of status 200.</returns>
    private static string? Refusal(JsonElement response)
    {
        int status = Member(response, "status_code")?.GetInt32() ?? 0;
        if (status == 200)
            return null;
        return Member(response, "body") is { } body && Member(body, "error") is { } error ? Describe(error) : $"http_{status}: no error was given";
    }

    private static string Describe(JsonElement error)
    {
        string code = Member(error, "code")?.ToString() ?? Member(error, "type")?.ToString() ?? "error";
        return $"{code}: {Member(error, "message")?.ToString() ?? "no message was given"}";
    }

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
