using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow;

/// <summary>Payloads as JSON in UTF-8, read strictly: members that are not known, or missing though the constructor needs them, and nulls where none may be are errors.</summary>
internal sealed class JsonPayloads : IPayloadSerializer
{
    private readonly JsonSerializerOptions _options;
    private readonly ConcurrentDictionary<Type, string> _descriptions = new();

    private JsonPayloads(JsonSerializerOptions options)
    {
        _options = options;
        _options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        _options.RespectNullableAnnotations = true;
        _options.RespectRequiredConstructorParameters = true;
        _options.MakeReadOnly();
    }

    [RequiresUnreferencedCode("Types are looked up by reflection; give WithCheckpoints a JsonSerializerContext instead.")]
    [RequiresDynamicCode("Types are looked up by reflection; give WithCheckpoints a JsonSerializerContext instead.")]
    public static JsonPayloads OfReflection() => new(new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() });

    public static JsonPayloads Of(JsonSerializerContext context) => new(new JsonSerializerOptions(context.Options) { TypeInfoResolver = context });

    public ReadOnlyMemory<byte> Serialize<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, InfoOf<T>());

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => JsonSerializer.Deserialize(bytes.Span, InfoOf<T>())!;

    public string Describe<T>() => _descriptions.GetOrAdd(typeof(T), static (_, payloads) => payloads.InfoOf<T>().GetJsonSchemaAsNode().ToJsonString(), this);

    private JsonTypeInfo<T> InfoOf<T>() =>
        _options.TryGetTypeInfo(typeof(T), out JsonTypeInfo? info)
            ? (JsonTypeInfo<T>)info
            : throw new NotSupportedException($"The JsonSerializerContext knows nothing of {typeof(T)}. Add [JsonSerializable(typeof({typeof(T).Name}))] to it.");
}
