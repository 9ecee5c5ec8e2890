using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Json;

/// <summary>Converts a value of any type to its textual representation in JSON, as <c>["shown", type, text]</c>. It is read as a <see cref="ShownValue"/>.</summary>
public sealed class ShownValueJsonConverter : JsonConverter<object?>
{
    /// <summary>The kind that marks a textual representation.</summary>
    internal const string Kind = "shown";

    /// <inheritdoc/>
    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return TryRead(document.RootElement, out ShownValue? value) ? value : throw new JsonException("A shown value must be [\"shown\", type, text] in JSON.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, object? value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value is null)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartArray();
        WriteParts(writer, value);
        writer.WriteEndArray();
    }

    internal static void WriteParts(Utf8JsonWriter writer, object value)
    {
        var shown = ShownValue.Of(value);
        writer.WriteStringValue(Kind);
        writer.WriteStringValue(shown.Type);
        writer.WriteStringValue(shown.Text);
    }

    internal static bool TryRead(JsonElement parts, out ShownValue? value)
    {
        value = null;
        if (parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() != 3)
            return false;
        foreach (JsonElement part in parts.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.String)
                return false;
        }

        if (!parts[0].ValueEquals(Kind))
            return false;
        value = new ShownValue(parts[1].GetString()!, parts[2].GetString()!);
        return true;
    }
}
