using System.Text.Json.Nodes;

namespace BatchApi.Tests;

/// <summary>Things tests need some of.</summary>
internal static class Some
{
    /// <summary>A line of an input file, as a client would write it.</summary>
    public static string Line(string customId, string text = "It was a fine day. Nobody minded.") => new JsonObject
    {
        ["custom_id"] = customId,
        ["method"] = "POST",
        ["url"] = "/v1/chat/completions",
        ["body"] = new JsonObject
        {
            ["model"] = "gpt-4o-mini",
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }),
        },
    }.ToJsonString();

    public static string Lines(int count) => string.Join('\n', Enumerable.Range(1, count).Select(n => Line($"r-{n:000}", $"Passage number {n}. The end."))) + "\n";

    /// <summary>A batch of requests with these ids.</summary>
    public static RequestBatch Batch(params string[] customIds) =>
        RequestBatch.Cut([.. customIds.Select(id => new BatchRequest(id, Line(id)))], Math.Max(1, customIds.Length))[0];

    /// <summary>Items with durations in seconds; NaN stands for a stage that was not reached.</summary>
    public static ItemTimes Times(params double[] seconds) =>
        new([.. seconds.Select(s => double.IsNaN(s) ? (TimeSpan?)null : TimeSpan.FromSeconds(s))]);
}
