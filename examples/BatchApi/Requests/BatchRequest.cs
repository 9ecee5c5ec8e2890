namespace BatchApi;

/// <summary>One request: its id, and its line as it stands in the input, which is what is sent.</summary>
internal sealed record BatchRequest(string CustomId, string Line);
