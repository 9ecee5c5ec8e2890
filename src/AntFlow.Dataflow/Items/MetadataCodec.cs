using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AntFlow.Dataflow;

/// <summary>Encodes metadata as JSON with the kind of each value, so that a value is read back with its type.</summary>
internal static class MetadataCodec
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ReadOnlyMemory<byte> Encode(IReadOnlyDictionary<string, object?>? metadata)
    {
        if (metadata is not { Count: > 0 })
            return default;
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach ((string name, object? value) in metadata)
        {
            writer.WriteStartArray(Whole(name, name));
            Write(writer, name, value);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    public static IReadOnlyDictionary<string, object?>? Decode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return null;
        var metadata = new Dictionary<string, object?>(StringComparer.Ordinal);
        using JsonDocument document = JsonDocument.Parse(bytes);
        foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            metadata[entry.Name] = Read(entry.Value[0].GetString()!, entry.Value.GetArrayLength() > 1 ? entry.Value[1] : default);
        return metadata;
    }

    /// <summary>Returns whether the bytes can be read. They cannot if, for example, a later version of the library has written them.</summary>
    public static bool CanDecode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return true;
        try
        {
            Decode(bytes);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>Returns a text without unpaired surrogates, which JSON would replace silently; otherwise throws.</summary>
    private static string Whole(string name, string text)
    {
        try
        {
            _strict.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException error)
        {
            throw new NotSupportedException($"Metadata '{name}' has an unpaired surrogate at {error.Index}, which cannot be stored.", error);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, object? value)
    {
        if (value is string text)
            Whole(name, text);
        if (!TryWrite(writer, value))
        {
            throw new NotSupportedException(
                $"Metadata '{name}' is a {value!.GetType()}, which cannot be stored. With checkpoints it must be null, a text, bool, int, long, double, decimal, Guid, DateTime, DateTimeOffset, TimeSpan or byte[].");
        }
    }

    /// <summary>Writes the kind of a value and the value. Writes nothing if the value is of no kind that can be read back.</summary>
    internal static bool TryWrite(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteStringValue("null"); break;
            case string text: writer.WriteStringValue("text"); writer.WriteStringValue(text); break;
            case bool flag: writer.WriteStringValue("bool"); writer.WriteBooleanValue(flag); break;
            case int number: writer.WriteStringValue("int"); writer.WriteNumberValue(number); break;
            case long number: writer.WriteStringValue("long"); writer.WriteNumberValue(number); break;
            case double number: writer.WriteStringValue("double"); writer.WriteNumberValue(BitConverter.DoubleToInt64Bits(number)); break;
            case decimal number: writer.WriteStringValue("decimal"); writer.WriteNumberValue(number); break;
            case Guid guid: writer.WriteStringValue("guid"); writer.WriteStringValue(guid); break;
            case DateTimeOffset time: writer.WriteStringValue("time"); writer.WriteStringValue(time); break;
            case DateTime time: writer.WriteStringValue("date"); writer.WriteStringValue(time); break;
            case TimeSpan span: writer.WriteStringValue("span"); writer.WriteNumberValue(span.Ticks); break;
            case byte[] bytes: writer.WriteStringValue("bytes"); writer.WriteBase64StringValue(bytes); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Reads a value of a kind.</summary>
    internal static object? Read(string kind, JsonElement value) => kind switch
    {
        "null" => null,
        "text" => value.GetString(),
        "bool" => value.GetBoolean(),
        "int" => value.GetInt32(),
        "long" => value.GetInt64(),
        "double" => BitConverter.Int64BitsToDouble(value.GetInt64()),
        "decimal" => value.GetDecimal(),
        "guid" => value.GetGuid(),
        "time" => value.GetDateTimeOffset(),
        "date" => value.GetDateTime(),
        "span" => TimeSpan.FromTicks(value.GetInt64()),
        "bytes" => value.GetBytesFromBase64(),
        _ => throw new NotSupportedException($"Metadata of the kind '{kind}' was stored by a newer version."),
    };
}
