using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace BatchApi;

/// <summary>The item of the pipeline: some requests that are sent together.</summary>
internal sealed record RequestBatch
{
    public RequestBatch(int index, IReadOnlyList<BatchRequest> requests)
    {
        Index = index;
        Requests = requests;
        Content = Encoding.UTF8.GetBytes(string.Join('\n', requests.Select(request => request.Line)) + "\n");
        // The number is for readers; the fingerprint distinguishes batches of different runs in one output file. Both stay the same when a run is resumed after its process was killed.
        Name = $"{index + 1:000}-{Convert.ToHexStringLower(SHA256.HashData(Content.Span))[..8]}";
    }

    /// <summary>The position of its first request in the input.</summary>
    public int Index { get; }

    [JsonIgnore]
    public string Name { get; }

    public IReadOnlyList<BatchRequest> Requests { get; }

    /// <summary>The content to upload.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Splits the requests that are not saved yet into batches.</summary>
    public static IReadOnlyList<RequestBatch> Cut(IReadOnlyList<BatchRequest> requests, int size, IReadOnlySet<string>? saved = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return [.. requests.Index().Where(request => saved?.Contains(request.Item.CustomId) != true).Chunk(size)
            .Select(chunk => new RequestBatch(chunk[0].Index, [.. chunk.Select(request => request.Item)]))];
    }
}
