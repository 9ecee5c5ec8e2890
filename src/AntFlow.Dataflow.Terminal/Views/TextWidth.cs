using System.Buffers;
using Spectre.Console.Rendering;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Measures how many columns of a terminal a text takes, and cuts it to fewer.</summary>
internal static class TextWidth
{
    // C0, DEL and C1, the separators of lines and paragraphs, and the embeddings, overrides and isolates of bidirectional text: the same characters as in the log.
    private static readonly SearchValues<char> _harmful = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Concat(Enumerable.Range(0x2028, 7)).Concat(Enumerable.Range(0x2066, 4)).Select(code => (char)code)]);

    public static int Of(string text) => IsNarrow(text) ? text.Length : new Segment(text).CellCount();

    /// <summary>Converts any text of user code to one line: no line breaks, no escape codes, and nothing that changes the direction of the following text.</summary>
    public static string Clean(string text) => text.AsSpan().IndexOfAny(_harmful) < 0 ? text : string.Create(text.Length, text, static (clean, text) =>
    {
        text.CopyTo(clean);
        clean.ReplaceAny(_harmful, ' ');
    });

    /// <summary>Cuts a text that is too wide, and marks its end.</summary>
    public static string Cut(string text, int width, Glyphs glyphs)
    {
        if (Of(text) <= width)
            return text;
        if (width <= 0)
            return string.Empty;
        int length = 0;
        int used = 0;
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            int next = rune.IsAscii ? 1 : Of(rune.ToString());
            if (used + next > width - 1)
                break;
            used += next;
            length += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, length), glyphs.Cut);
    }

    /// <summary>Cuts or pads a text to exactly this width.</summary>
    public static string Fit(string text, int width, bool isRight, Glyphs glyphs)
    {
        string cut = Cut(text, width, glyphs);
        int missing = width - Of(cut);
        return missing <= 0 ? cut : isRight ? new string(' ', missing) + cut : cut + new string(' ', missing);
    }

    // Bars and sparklines consist of block elements, one column each.
    private static bool IsNarrow(string text)
    {
        foreach (char c in text)
        {
            if (c >= '\u00ff' && c is not ((>= '\u2500' and <= '\u25ff') or '\u2026'))
                return false;
        }

        return true;
    }
}
