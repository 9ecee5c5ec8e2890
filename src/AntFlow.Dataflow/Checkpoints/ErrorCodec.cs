using System.Buffers;
using System.Text.Json;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Serializes exceptions: the parts that a person wants to know.</summary>
internal static class ErrorCodec
{
    private const int MaxDetails = 8_000;

    public static ReadOnlyMemory<byte> Encode(Exception error)
    {
        // An error that was stored before keeps its original type name.
        string type = error is StoredFailureException stored ? stored.OriginalType : error.GetType().Name;
        string details = (error as StoredFailureException)?.Details ?? GetText(error);
        return Encode(type, (error as StoredFailureException)?.OriginalMessage ?? ErrorText.Of(error), details);
    }

    public static ReadOnlyMemory<byte> Encode(string type, string message, string details)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("type", type);
        writer.WriteString("message", message);
        writer.WriteString("details", details.Length > MaxDetails ? details[..MaxDetails] : details);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    public static StoredFailureException Decode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return new StoredFailureException("Unknown", "The original error was not stored.", string.Empty);
        using JsonDocument document = JsonDocument.Parse(bytes);
        JsonElement root = document.RootElement;
        return new StoredFailureException(root.GetProperty("type").GetString()!, root.GetProperty("message").GetString()!, root.GetProperty("details").GetString()!);
    }

    // ToString of an exception is user code as well.
    private static string GetText(Exception error)
    {
        try
        {
            return error.ToString();
        }
        catch (Exception)
        {
            return error.GetType().ToString();
        }
    }
}
