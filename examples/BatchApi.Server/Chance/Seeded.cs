namespace BatchApi.Server;

/// <summary>
/// Chance without a sequence: the answer to a question depends on the seed and on whom it is about, never on when or in which
/// order it is asked. So two runs with one seed meet the same refusals although their timing differs.
/// </summary>
internal sealed class Seeded(int seed)
{
    /// <summary>From 0 up to, not including, 1.</summary>
    public double Share(string question, params ReadOnlySpan<string> about) => (Hash(question, about) >> 11) * (1.0 / (1UL << 53));

    public int Below(int limit, string question, params ReadOnlySpan<string> about) => (int)(Hash(question, about) % (ulong)limit);

    /// <summary>An id as the API hands them out: opaque, and the same whenever the same thing is done again with the same seed.</summary>
    public string Id(string question, params ReadOnlySpan<string> about) => $"{Hash(question, about):x16}{Hash(question + "'", about):x16}"[..24];

    private ulong Hash(string question, ReadOnlySpan<string> about)
    {
        // FNV-1a, then the finalizer of SplitMix64, because FNV alone leaves similar names with similar numbers.
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
