using System.Security.Cryptography;
using System.Text;

namespace BatchApi;

/// <summary>The item of our pipeline: some requests that are sent together.</summary>
internal sealed record RequestBatch
{
    private RequestBatch(int index, IReadOnlyList<BatchRequest> requests)
    {
        Index = index;
        Requests = requests;
        Content = Encoding.UTF8.GetBytes(string.Join('\n', requests.Select(request => request.Line)) + "\n");
        // The number is for people; the fingerprint keeps batches of different runs apart in one output file.
        Name = $"{index + 1:000}-{Convert.ToHexStringLower(SHA256.HashData(Content.Span))[..8]}";
    }

    public int Index { get; }
    public string Name { get; }
    public IReadOnlyList<BatchRequest> Requests { get; }

    /// <summary>What is uploaded.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    public static IReadOnlyList<RequestBatch> Cut(IReadOnlyList<BatchRequest> requests, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return [.. requests.Chunk(size).Select((chunk, index) => new RequestBatch(index, chunk))];
    }
}
