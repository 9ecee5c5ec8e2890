namespace BatchApi;

/// <summary>How one request ended: a row of <c>results</c>.</summary>
/// <param name="CustomId">The key.</param>
/// <param name="Batch">The name of its batch.</param>
/// <param name="IsSuccess">Written as <c>succeeded</c> or <c>failed</c>.</param>
/// <param name="Response">The answer of the API, as JSON.</param>
/// <param name="Error">The reason why there is no answer: <c>code: text</c>.</param>
internal sealed record ResultRow(string CustomId, string Batch, bool IsSuccess, string? Response, string? Error)
{
    public string Status => IsSuccess ? "succeeded" : "failed";

    /// <summary>The first word of the error, by which errors are counted.</summary>
    public string? ErrorCode => Error?.Split(':', 2)[0];

    /// <summary>Creates a failed row with the same reason for every request of <paramref name="batch"/>.</summary>
    public static IReadOnlyList<ResultRow> AllFailed(RequestBatch batch, string reason) =>
        [.. batch.Requests.Select(request => new ResultRow(request.CustomId, batch.Name, false, null, reason))];
}
