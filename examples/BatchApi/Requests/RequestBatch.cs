using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace BatchApi;

/// <summary>The item of our pipeline: some requests that are sent together.</summary>
internal sealed record RequestBatch
{
    public RequestBatch(int index, IReadOnlyList<BatchRequest> requests)
    {
        Index = index;
        Requests = requests;
        Content = Encoding.UTF8.GetBytes(string.Join('\n', requests.Select(request => request.Line)) + "\n");
        // The number is for people; the fingerprint keeps batches of different runs apart in one output file. Both are the same in a run that goes on after its process was killed.
        Name = $"{index + 1:000}-{Convert.ToHexStringLower(SHA256.HashData(Content.Span))[..8]}";
    }

    /// <summary>Where its first request stands in the input.</summary>
    public int Index { get; }

    [JsonIgnore]
    public string Name { get; }

    public IReadOnlyList<BatchRequest> Requests { get; }

    /// <summary>What is uploaded.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Cuts the requests that are not saved yet into batches.</summary>
    public static IReadOnlyList<RequestBatch> Cut(IReadOnlyList<BatchRequest> requests, int size, IReadOnlySet<string>? saved = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return [.. requests.Index().Where(request => saved?.Contains(request.Item.CustomId) != true).Chunk(size)
            .Select(chunk => new RequestBatch(chunk[0].Index, [.. chunk.Select(request => request.Item)]))];
    }
}
