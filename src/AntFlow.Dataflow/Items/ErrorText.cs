using System.Text;

namespace AntFlow.Dataflow;

/// <summary>What an exception says of itself. Its message is foreign code, and may throw: an item must not be lost over that.</summary>
internal static class ErrorText
{
    private const int Longest = 8_000;

    /// <summary>The message, or what kind of error it is.</summary>
    public static string Of(Exception error)
    {
        try
        {
            return error.Message;
        }
        catch (Exception)
        {
            return $"{error.GetType().Name}, whose message cannot be read";
        }
    }

    /// <summary>The message as it can be shown, stored and sent: the same text before and after.</summary>
    public static string Shown(Exception error) => Fit(Of(error) ?? string.Empty);

    /// <summary>The name of its type as people write it, and the message.</summary>
    public static string Line(Exception error) => $"{TypeNameOf(error)}: {Shown(error)}";

    /// <summary>The name of an error's type as people write it: <c>TimeoutException</c>.</summary>
    public static string TypeNameOf(Exception error) => error is StoredFailureException stored ? stored.OriginalType : error.GetType().Name;

    /// <summary>A text within a bound, and without half a surrogate pair, which most formats change without a word.</summary>
    public static string Fit(string text, int longest = Longest)
    {
        string cut = text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest - 1 - (char.IsHighSurrogate(text[longest - 2]) ? 1 : 0)), "…");
        return ItemIdText.IsWhole(cut) ? cut : Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(cut));
    }
}
