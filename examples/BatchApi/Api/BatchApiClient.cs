using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Batch;
using OpenAI.Files;

namespace BatchApi;

/// <summary>The five API calls of the example, made with the OpenAI package. Each is tried once: the pipeline does the retries.</summary>
internal sealed class BatchApiClient
{
    public const string RequestUrl = "/v1/chat/completions";

    private const string KeyName = "idempotency_key";

    private readonly OpenAIFileClient _files;
    private readonly BatchClient _batches;

    public BatchApiClient(Uri endpoint, string key)
    {
        var options = new OpenAIClientOptions { Endpoint = endpoint, RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };
        var client = new OpenAIClient(new ApiKeyCredential(key), options);
        _files = client.GetOpenAIFileClient();
        _batches = client.GetBatchClient();
    }

    /// <returns>The id of the file.</returns>
    public async Task<string> UploadAsync(string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        await using Stream stream = BinaryData.FromBytes(content).ToStream();
        ClientResult<OpenAIFile> file = await _files.UploadFileAsync(stream, name, FileUploadPurpose.Batch, ct);
        return file.Value.Id;
    }

    /// <param name="fileId">The input file of the batch.</param>
    /// <param name="name">Its display name.</param>
    /// <param name="key">The key to find the batch by; it is stored in the batch's metadata.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The id of the batch.</returns>
    public async Task<string> CreateAsync(string fileId, string name, string key, CancellationToken ct)
    {
        var body = new JsonObject
        {
            ["input_file_id"] = fileId,
            ["endpoint"] = RequestUrl,
            ["completion_window"] = "24h",
            ["metadata"] = new JsonObject { ["batch"] = name, [KeyName] = key },
        };
        using BinaryContent content = BinaryContent.Create(BinaryData.FromString(body.ToJsonString()));
        CreateBatchOperation created = await _batches.CreateBatchAsync(content, waitUntilCompleted: false, With(ct));
        return created.BatchId;
    }

    /// <summary>Looks for a batch that was created with this key, newest first.</summary>
    /// <returns>Its id, or null.</returns>
    public async Task<string?> FindByKeyAsync(string key, CancellationToken ct)
    {
        await foreach (ClientResult page in _batches.GetBatchesAsync(after: null, limit: 100, With(ct)).GetRawPagesAsync().WithCancellation(ct))
        {
            using JsonDocument json = JsonDocument.Parse(page.GetRawResponse().Content);
            foreach (JsonElement batch in json.RootElement.GetProperty("data").EnumerateArray())
            {
                if (batch.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object
                    && metadata.TryGetProperty(KeyName, out JsonElement found) && found.GetString() == key)
                    return batch.GetProperty("id").GetString();
            }
        }

        return null;
    }

    public async Task<BatchState> GetAsync(string batchId, CancellationToken ct)
    {
        ClientResult batch = await _batches.GetBatchAsync(batchId, With(ct));
        return BatchState.Parse(batch.GetRawResponse().Content);
    }

    public async Task<string> DownloadAsync(string fileId, CancellationToken ct)
    {
        ClientResult<BinaryData> content = await _files.DownloadFileAsync(fileId, ct);
        return content.Value.ToString();
    }

    private static RequestOptions With(CancellationToken ct) => new() { CancellationToken = ct };
}
