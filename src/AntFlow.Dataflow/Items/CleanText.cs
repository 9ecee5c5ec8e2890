using System.Buffers;

namespace AntFlow.Dataflow;

/// <summary>Converts a text of the user to a single safe line for a log or a message: without control characters, which could start a new line or control a terminal, and without characters that
/// change the text direction of what follows.</summary>
internal static class CleanText
{
    // C0, DEL and C1, the line and paragraph separators, and the embeddings, overrides and isolates of bidirectional text.
    private static readonly SearchValues<char> _harmful = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Concat(Enumerable.Range(0x2028, 7)).Concat(Enumerable.Range(0x2066, 4)).Select(code => (char)code)]);

    public static bool IsClean(string text) => text.AsSpan().IndexOfAny(_harmful) < 0;

    /// <summary>Returns the text with each such character replaced by a space.</summary>
    public static string Of(string text) => IsClean(text) ? text : string.Create(text.Length, text, static (clean, text) =>
    {
        text.CopyTo(clean);
        clean.ReplaceAny(_harmful, ' ');
    });
}
