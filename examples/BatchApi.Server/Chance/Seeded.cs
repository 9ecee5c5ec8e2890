namespace BatchApi.Server;

/// <summary>
/// Random numbers without a sequence: a number depends on the seed and on a key, never on the time or the order of the calls.
/// So two runs with the same seed get the same refusals although their timing differs.
/// </summary>
internal sealed class Seeded(int seed)
{
    /// <summary>Returns a number from 0 up to, not including, 1.</summary>
    public double Share(string question, params ReadOnlySpan<string> about) => (Hash(question, about) >> 11) * (1.0 / (1UL << 53));

    public int Below(int limit, string question, params ReadOnlySpan<string> about) => (int)(Hash(question, about) % (ulong)limit);

    /// <summary>Returns an id like those of the API: opaque, and the same whenever the same call is repeated with the same seed.</summary>
    public string Id(string question, params ReadOnlySpan<string> about) => $"{Hash(question, about):x16}{Hash(question + "'", about):x16}"[..24];

    private ulong Hash(string question, ReadOnlySpan<string> about)
    {
        // FNV-1a, then the finalizer of SplitMix64, because FNV alone gives similar numbers to similar names.
        ulong hash = 14695981039346656037UL;
        hash = Mix(hash, question);
        foreach (string part in about)
            hash = Mix(hash, part);
        hash ^= unchecked((ulong)seed * 0x9E3779B97F4A7C15UL);
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return hash ^ (hash >> 31);
    }

    private static ulong Mix(ulong hash, string text)
    {
        foreach (char c in text)
            hash = (hash ^ c) * 1099511628211UL;
        return (hash ^ 0xFFFF) * 1099511628211UL; // so that "ab","c" and "a","bc" differ
    }
}
