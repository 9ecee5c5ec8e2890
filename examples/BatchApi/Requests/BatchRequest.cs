namespace BatchApi;

/// <summary>One request: its id, and its line of the input, which is sent unchanged.</summary>
internal sealed record BatchRequest(string CustomId, string Line);
