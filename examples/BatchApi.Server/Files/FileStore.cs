using System.Security.Cryptography;

namespace BatchApi.Server;

/// <param name="Id">The id that the client receives.</param>
/// <param name="Name">The name in the upload.</param>
/// <param name="Purpose"><c>batch</c>, or <c>batch_output</c> for files that the server wrote.</param>
/// <param name="Content">The bytes, kept in memory.</param>
/// <param name="Fingerprint">A hash of the content: the same for the same bytes.</param>
/// <param name="CreatedAt">Seconds of Unix time.</param>
internal sealed record StoredFile(string Id, string Name, string Purpose, ReadOnlyMemory<byte> Content, string Fingerprint, long CreatedAt);

internal sealed class FileStore(Seeded chance, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<StoredFile> _files = []; // oldest first
    private readonly Dictionary<string, int> _copies = [];

    public StoredFile Add(string name, string purpose, byte[] content)
    {
        string fingerprint = FingerprintOf(content);
        lock (_lock)
        {
            // Counted by content, not by arrival: the same upload gets the same id in every run with the same seed.
            int copy = _copies[fingerprint] = _copies.GetValueOrDefault(fingerprint) + 1;
            string id = "file-" + chance.Id("file", purpose, fingerprint, $"{copy}");
            var file = new StoredFile(id, name, purpose, content, fingerprint, time.GetUtcNow().ToUnixTimeSeconds());
            _files.Add(file);
            return file;
        }
    }

    public StoredFile? Find(string id)
    {
        lock (_lock)
            return _files.Find(file => file.Id == id);
    }

    public bool Remove(string id)
    {
        lock (_lock)
            return _files.RemoveAll(file => file.Id == id) > 0;
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<StoredFile> All()
    {
        lock (_lock)
            return [.. Enumerable.Reverse(_files)];
    }

    public static string FingerprintOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content))[..16];
}
