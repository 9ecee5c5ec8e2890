using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchApi.Server;

/// <summary>Replaces a model: it evaluates the passage, and gives the same answer for the same passage every time.</summary>
internal static partial class Answer
{
    public static string To(string passage)
    {
        List<string> words = [.. Words().Matches(passage).Select(match => match.Value)];
        string? frequent = words
            .Where(word => word.Length >= 5)
            .GroupBy(word => word.ToLowerInvariant(), StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .FirstOrDefault()?.Key;
        string count = words.Count.ToString(CultureInfo.InvariantCulture);
        return $"{count} words; most frequent: {frequent ?? "none"}; first sentence: {FirstSentence(passage)}";
    }

    public static int Tokens(string text) => Words().Count(text) * 4 / 3;

    private static string FirstSentence(string passage)
    {
        Match end = SentenceEnd().Match(passage);
        return end.Success ? passage[..(end.Index + end.Length)] : passage;
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+(?:['\u2019-][\p{L}\p{N}]+)*")]
    private static partial Regex Words();

    // A full stop after a title does not end a sentence.
    [GeneratedRegex(@"(?<!\b(?:Mr|Mrs|Dr|St))[.!?]+[""'\u201d]?(?=\s|$)")]
    private static partial Regex SentenceEnd();
}
