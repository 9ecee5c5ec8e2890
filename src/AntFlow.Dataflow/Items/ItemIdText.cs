using System.Globalization;
using System.Text;

namespace AntFlow.Dataflow;

/// <summary>Converts an id to a text that can be read back, with distinct kinds. Pure, and independent of the culture.</summary>
internal static class ItemIdText
{
    private const int DigitsOfAChar = 4;

    /// <summary>Returns <c>s:home</c>, <c>n:17</c>, <c>g:</c> and 32 digits, or <c>#5</c>; the empty text for the default value. A text with an unpaired surrogate, which most formats would change
    /// silently, is written as <c>u:</c> and its UTF-16 units in hexadecimal digits.</summary>
    public static string Write(ItemId id) => id.Value switch
    {
        null => string.Empty,
        string text when !IsWhole(text) => "u:" + string.Concat(text.Select(unit => ((int)unit).ToString("x4", CultureInfo.InvariantCulture))),
        _ when id.IsAutomatic => id.ToString(),
        _ => id.ToStoredText(),
    };

    public static bool TryRead(ReadOnlySpan<char> text, out ItemId id)
    {
        id = default;
        if (text.IsEmpty)
            return true;
        ReadOnlySpan<char> rest = text[Math.Min(2, text.Length)..];
        if (text[0] == '#')
        {
            if (!TryReadNumber(text[1..], out long sequence))
                return false;
            id = ItemId.Automatic(sequence);
            return true;
        }

        if (text.Length < 3 || text[1] != ':')
            return false;
        switch (text[0])
        {
            case 's':
                id = new ItemId(rest.ToString());
                return true;
            case 'u':
                return TryReadUnits(rest, out id);
            case 'n' when TryReadNumber(rest, out long number):
                id = new ItemId(number);
                return true;
            case 'g' when Guid.TryParseExact(rest, "N", out Guid guid):
                id = new ItemId(guid);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Returns whether a text has no unpaired surrogate.</summary>
    public static bool IsWhole(ReadOnlySpan<char> text)
    {
        int first = text.IndexOfAnyInRange('\ud800', '\udfff');
        text = first < 0 ? default : text[first..];
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int used) != System.Buffers.OperationStatus.Done)
                return false;
            text = text[used..];
        }

        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static bool TryReadUnits(ReadOnlySpan<char> digits, out ItemId id)
    {
        id = default;
        if (digits.Length % DigitsOfAChar != 0)
            return false;
        var text = new StringBuilder(digits.Length / DigitsOfAChar);
        for (int i = 0; i < digits.Length; i += DigitsOfAChar)
        {
            if (!ushort.TryParse(digits.Slice(i, DigitsOfAChar), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
                return false;
            text.Append((char)unit);
        }

        id = new ItemId(text.ToString());
        return true;
    }
}
