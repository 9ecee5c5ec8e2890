using System.Collections;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Determines whether two collections use equal comparers: by the comparers where the type exposes them, otherwise by trying keys. Pure.</summary>
internal static class Comparers
{
    // A key that both find in both cases proves nothing; the next one may.
    private const int MaxProbes = 8;

    /// <summary>Whether the comparers are equal.</summary>
    public static bool AreSame(object value, object copy)
    {
        (object? Left, object? Right) comparers = (Of(value), Of(copy));
        if (comparers is { Left: { } left, Right: { } right })
            // The default comparer of texts equals the ordinal one, except in sorted collections.
            return left.Equals(right) || (ReferenceEquals(left, StringComparer.Ordinal) && right is not IComparer);
        return value is not IDictionary map || copy is not IDictionary copied || FindAlike(map, copied);
    }

    // Without reflection, only the type gives access to the comparer; these are the usual ones.
    private static object? Of(object collection) => collection switch
    {
        HashSet<string> set => set.Comparer,
        HashSet<int> set => set.Comparer,
        HashSet<long> set => set.Comparer,
        HashSet<Guid> set => set.Comparer,
        HashSet<object> set => set.Comparer,
        SortedSet<string> set => set.Comparer,
        SortedSet<int> set => set.Comparer,
        SortedSet<long> set => set.Comparer,
        Dictionary<string, string> map => map.Comparer,
        Dictionary<string, int> map => map.Comparer,
        Dictionary<string, long> map => map.Comparer,
        Dictionary<string, double> map => map.Comparer,
        Dictionary<string, decimal> map => map.Comparer,
        Dictionary<string, bool> map => map.Comparer,
        Dictionary<string, Guid> map => map.Comparer,
        Dictionary<string, DateTime> map => map.Comparer,
        Dictionary<string, DateTimeOffset> map => map.Comparer,
        Dictionary<string, object> map => map.Comparer,
        Dictionary<string, string[]> map => map.Comparer,
        Dictionary<string, List<string>> map => map.Comparer,
        SortedDictionary<string, string> map => map.Comparer,
        SortedDictionary<string, int> map => map.Comparer,
        SortedList<string, string> map => map.Comparer,
        SortedList<string, int> map => map.Comparer,
        _ => null,
    };

    /// <summary>Whether two maps with the same keys find the same keys, whatever their case.</summary>
    private static bool FindAlike(IDictionary value, IDictionary copy)
    {
        int probes = 0;
        foreach (object key in value.Keys)
        {
            if (key is not string text)
                return true;
            if (Flip(text) is { } flipped && value.Contains(flipped) != copy.Contains(flipped))
                return false;
            if (++probes == MaxProbes)
                return true;
        }

        return true;
    }

    /// <summary>Returns the text with its letters in the other case; null if it has no letters.</summary>
    private static string? Flip(string text)
    {
        string flipped = string.Create(text.Length, text, static (chars, text) =>
        {
            for (int i = 0; i < chars.Length; i++)
                chars[i] = char.IsUpper(text[i]) ? char.ToLowerInvariant(text[i]) : char.ToUpperInvariant(text[i]);
        });
        return string.Equals(flipped, text, StringComparison.Ordinal) ? null : flipped;
    }
}
