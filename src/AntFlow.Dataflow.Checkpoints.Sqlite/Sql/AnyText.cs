using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Encodes any string as bytes: UTF-8, in which half a surrogate pair has three bytes of its own (WTF-8) instead of being replaced, so that two different texts never become
/// equal. To SQLite a text is bytes, which it compares and returns unchanged.</summary>
internal static class AnyText
{
    private const int BytesOfHalf = 3;

    /// <summary>Writes a string. It takes as many bytes as UTF-8 reports.</summary>
    /// <returns>The number of bytes.</returns>
    public static int Write(string value, Span<byte> bytes)
    {
        ReadOnlySpan<char> left = value;
        int written = 0;
        while (true)
        {
            OperationStatus status = Utf8.FromUtf16(left, bytes[written..], out int read, out int some, replaceInvalidSequences: false);
            written += some;
            if (status == OperationStatus.Done)
                return written;
            if (status != OperationStatus.InvalidData)
                throw new ArgumentException("There is no room for the text.", nameof(bytes));
            char half = left[read];
            bytes[written++] = (byte)(0xE0 | (half >> 12));
            bytes[written++] = (byte)(0x80 | ((half >> 6) & 0x3F));
            bytes[written++] = (byte)(0x80 | (half & 0x3F));
            left = left[(read + 1)..];
        }
    }

    /// <summary>Reads a string. Of invalid bytes it returns what can be decoded.</summary>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);
        var value = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int read);
            if (status != OperationStatus.Done && IsHalf(bytes))
            {
                value.Append((char)(((bytes[0] & 0x0F) << 12) | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F)));
                read = BytesOfHalf;
            }
            else
            {
                value.Append(rune.ToString());
            }

            bytes = bytes[read..];
        }

        return value.ToString();
    }

    private static bool IsHalf(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= BytesOfHalf && bytes[0] == 0xED && (bytes[1] & 0xE0) == 0xA0 && (bytes[2] & 0xC0) == 0x80;
}
