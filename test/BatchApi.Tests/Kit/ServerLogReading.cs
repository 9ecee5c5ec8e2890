using System.Globalization;
using System.Text.Json.Nodes;

namespace BatchApi.Tests;

/// <summary>A call as the server's log has it.</summary>
internal sealed record LoggedCall(DateTimeOffset Arrived, DateTimeOffset Answered, string Method, string Path, string? Resource, int Status, int? RetryAfter, bool IsEarly, string? State);

/// <summary>A change of a batch as the server's log has it; <c>From</c> is null for its creation, <c>Key</c> is what its creator wants it to be known by.</summary>
internal sealed record LoggedChange(DateTimeOffset Time, string Batch, int Index, string Speed, int Requests, string? From, string To, string? Key = null);

internal sealed record LoggedRun(IReadOnlyList<LoggedCall> Calls, IReadOnlyList<LoggedChange> Changes)
{
    /// <summary>May be read while the server writes.</summary>
    public static LoggedRun Read(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        IReadOnlyList<JsonObject> lines = reader.ReadToEnd().Lines();
        return new LoggedRun(
            [.. lines.Where(line => line.Text("event") == "call").Select(Call)],
            [.. lines.Where(line => line.Text("event") == "batch").Select(Change)]);
    }

    /// <summary>The states of each batch, in the order they came.</summary>
    public IReadOnlyDictionary<string, string[]> States =>
        Changes.GroupBy(change => change.Batch).ToDictionary(group => group.Key, group => group.Select(change => change.To).ToArray(), StringComparer.Ordinal);

    /// <summary>Each batch as it was created.</summary>
    public IEnumerable<LoggedChange> Created => Changes.Where(change => change.From is null);

    private static LoggedCall Call(JsonObject line)
    {
        DateTimeOffset arrived = Time(line);
        return new LoggedCall(
            arrived,
            arrived.AddMilliseconds(line["milliseconds"]!.GetValue<double>()),
            line.Text("method"),
            line.Text("path"),
            (string?)line["resource"],
            line["status"]!.GetValue<int>(),
            (int?)line["retry_after"],
            line["early"]!.GetValue<bool>(),
            (string?)line["state"]);
    }

    private static LoggedChange Change(JsonObject line) => new(
        Time(line), line.Text("batch"), line["index"]!.GetValue<int>(), line.Text("speed"), line["requests"]!.GetValue<int>(), (string?)line["from"], line.Text("to"),
        (string?)line["metadata"]?["idempotency_key"]);

    private static DateTimeOffset Time(JsonObject line) => DateTimeOffset.Parse(line.Text("time"), CultureInfo.InvariantCulture);
}
