using System.Globalization;
using System.Text;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Encodes any string as a text of the server, which supports neither NUL nor half a surrogate pair. Strings without those and without a backslash are unchanged.</summary>
internal static class StoredText
{
    public static string Escape(string value)
    {
        if (!NeedsEscape(value))
            return value;
        var text = new StringBuilder(value.Length + 8);
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
                text.Append(c).Append(value[++i]);
            else if (char.IsSurrogate(c))
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else
                _ = c switch { '\\' => text.Append("\\\\"), '\0' => text.Append("\\0"), _ => text.Append(c) };
        }

        return text.ToString();
    }

    public static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var value = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                value.Append(text[i]);
                continue;
            }

            switch (text[++i])
            {
                case 'u':
                    value.Append((char)int.Parse(text.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 4;
                    break;
                case '0':
                    value.Append('\0');
                    break;
                default:
                    value.Append('\\');
                    break;
            }
        }

        return value.ToString();
    }

    private static bool NeedsEscape(ReadOnlySpan<char> value) =>
        value.ContainsAny('\\', '\0') || (value.ContainsAnyInRange('\uD800', '\uDFFF') && !IsWhole(value));

    private static bool IsWhole(ReadOnlySpan<char> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
