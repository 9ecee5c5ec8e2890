using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Json;

/// <summary>Converts metadata to and from JSON, with the kind of each value, so that a value is read back with its type: <c>{"tenant":["text","a"],"page":["int",17]}</c>.</summary>
/// <remarks>The kinds are those of checkpoints: null, text, bool, int, long, double, decimal, Guid, DateTime, DateTimeOffset, TimeSpan and byte[]. A value of any other type, and a text with an
/// unpaired surrogate, is written as <c>["shown", type, text]</c> and read as a <see cref="ShownValue"/>. Writing never throws because of a value.</remarks>
public sealed class MetadataJsonConverter : JsonConverter<IReadOnlyDictionary<string, object?>>
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object?> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException("Metadata must be an object in JSON.");
        var metadata = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            metadata[entry.Name] = ReadValue(entry);
        return metadata.Count == 0 ? Item.NoMetadata : metadata;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, object?> value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        HashSet<string>? names = null;
        writer.WriteStartObject();
        foreach ((string name, object? entry) in value)
        {
            // Two names that differ only in unpaired surrogates are the same in JSON: the first one is kept.
            string whole = ErrorText.Fit(name, int.MaxValue);
            if (!ReferenceEquals(whole, name))
                names ??= [.. value.Keys.Where(other => ItemIdText.IsWhole(other))];
            if (names is not null && !ReferenceEquals(whole, name) && !names.Add(whole))
                continue;
            writer.WriteStartArray(whole);
            if ((entry is string text && !ItemIdText.IsWhole(text)) || !MetadataCodec.TryWrite(writer, entry))
                ShownValueJsonConverter.WriteParts(writer, entry!);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static object? ReadValue(JsonProperty entry)
    {
        if (ShownValueJsonConverter.TryRead(entry.Value, out ShownValue? shown))
            return shown;
        try
        {
            return MetadataCodec.Read(entry.Value[0].GetString()!, entry.Value.GetArrayLength() > 1 ? entry.Value[1] : default);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or NotSupportedException or IndexOutOfRangeException)
        {
            throw new JsonException($"Metadata '{entry.Name}' is not a pair of kind and value: {error.Message}", error);
        }
    }
}
