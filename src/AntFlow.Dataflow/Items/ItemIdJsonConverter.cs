using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Json;

/// <summary>Converts an <see cref="ItemId"/> to and from JSON, as a string in the form that <see cref="ItemId.Parse"/> reads. It can also be the name of a property.</summary>
public sealed class ItemIdJsonConverter : JsonConverter<ItemId>
{
    /// <inheritdoc/>
    public override ItemId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? Parse(reader.GetString()!) : throw new JsonException("An item id is a string in JSON, such as \"s:home\" or \"n:17\".");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ItemId value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(ItemIdText.Write(value));
    }

    /// <inheritdoc/>
    public override ItemId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString()!);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, ItemId value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WritePropertyName(ItemIdText.Write(value));
    }

    private static ItemId Parse(string text) => ItemIdText.TryRead(text, out ItemId id) ? id : throw new JsonException(ItemId.DescribeWrong(text));
}
