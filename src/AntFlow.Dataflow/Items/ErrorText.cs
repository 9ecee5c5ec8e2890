using System.Text;

namespace AntFlow.Dataflow;

/// <summary>Reads the message of an exception. The message is foreign code and may throw, which must not lose the item.</summary>
internal static class ErrorText
{
    private const int Longest = 8_000;

    /// <summary>Returns the message, or the kind of the error if the message cannot be read.</summary>
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

    /// <summary>Returns the message in the form in which it can be displayed, stored and sent, so that the text is the same before and after.</summary>
    public static string Shown(Exception error) => Fit(Of(error) ?? string.Empty);

    /// <summary>Returns the short name of its type, and the message.</summary>
    public static string Line(Exception error) => $"{TypeNameOf(error)}: {Shown(error)}";

    /// <summary>Returns the short name of the type of an error: <c>TimeoutException</c>.</summary>
    public static string TypeNameOf(Exception error) => error is StoredFailureException stored ? stored.OriginalType : error.GetType().Name;

    /// <summary>Limits the length of a text and replaces unpaired surrogates, which most formats would change silently.</summary>
    public static string Fit(string text, int longest = Longest)
    {
        string cut = text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest - 1 - (char.IsHighSurrogate(text[longest - 2]) ? 1 : 0)), "…");
        return ItemIdText.IsWhole(cut) ? cut : Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(cut));
    }
}
