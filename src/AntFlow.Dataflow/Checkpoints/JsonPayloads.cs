using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow;

/// <summary>Payloads as JSON in UTF-8, read strictly: members that are not known, or missing though the constructor needs them, and nulls where none may be are errors.</summary>
/// <remarks>JSON forgets without a word what it cannot set, such as a member without a setter. So the first values of each type are read back at once: what does not come back is an
/// error while it is still there, and not a default value in the next life.</remarks>
internal sealed class JsonPayloads : IPayloadSerializer
{
    private const int Trials = 4;

    private readonly JsonSerializerOptions _options;
    private readonly ConcurrentDictionary<Type, string> _descriptions = new();
    private readonly ConcurrentDictionary<Type, StrongBox<int>> _tried = new();

    private JsonPayloads(JsonSerializerOptions options)
    {
        _options = options;
        _options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        _options.RespectNullableAnnotations = true;
        _options.RespectRequiredConstructorParameters = true;
        // A tuple is nothing but fields.
        _options.IncludeFields = true;
        _options.MakeReadOnly();
    }

    [RequiresUnreferencedCode("Types are looked up by reflection; give WithCheckpoints a JsonSerializerContext instead.")]
    [RequiresDynamicCode("Types are looked up by reflection; give WithCheckpoints a JsonSerializerContext instead.")]
    public static JsonPayloads OfReflection() => new(new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() });

    public static JsonPayloads Of(JsonSerializerContext context) => new(new JsonSerializerOptions(context.Options) { TypeInfoResolver = context });

    public ReadOnlyMemory<byte> Serialize<T>(T value)
    {
        JsonTypeInfo<T> info = InfoOf<T>();
        if (value is not null && value.GetType() != typeof(T))
            ThrowIfCutDown(value.GetType(), info);
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(value, info);
        StrongBox<int> tried = _tried.GetOrAdd(typeof(T), static _ => new StrongBox<int>());
        if (tried.Value < Trials)
        {
            // Never mind if two count as one.
            tried.Value++;
            ThrowIfLost(bytes, info);
        }

        return bytes;
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => JsonSerializer.Deserialize(bytes.Span, InfoOf<T>())!;

    public string Describe<T>() => _descriptions.GetOrAdd(typeof(T), static (_, payloads) => payloads.InfoOf<T>().GetJsonSchemaAsNode().ToJsonString(), this);

    /// <summary>A value of a derived type is written as what the stage declares, and the rest of it is lost.</summary>
    private static void ThrowIfCutDown<T>(Type actual, JsonTypeInfo<T> info)
    {
        bool isWhole = info.PolymorphismOptions is not null || info.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary || Nullable.GetUnderlyingType(typeof(T)) is not null;
        if (typeof(T) == typeof(object) || (!isWhole && info.Kind == JsonTypeInfoKind.Object))
            throw new NotSupportedException($"It is a {actual.Name}, and would come back as what is declared, a {typeof(T).Name}. Declare the type itself, or say with [JsonDerivedType] what there is.");
    }

    private static void ThrowIfLost<T>(byte[] bytes, JsonTypeInfo<T> info)
    {
        byte[] again;
        try
        {
            again = JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize(bytes, info)!, info);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new NotSupportedException($"A {typeof(T).Name} can be written and not read back: {ErrorText.Of(error)}", error);
        }

        if (!bytes.AsSpan().SequenceEqual(again) && !JsonNode.DeepEquals(JsonNode.Parse(bytes), JsonNode.Parse(again)))
            throw new NotSupportedException($"A {typeof(T).Name} does not come back as it was: {Excerpt(bytes)} became {Excerpt(again)}. Give its members setters or constructor parameters.");
    }

    private static string Excerpt(byte[] json) => json.Length <= 200 ? Encoding.UTF8.GetString(json) : Encoding.UTF8.GetString(json, 0, 200) + "...";

    private JsonTypeInfo<T> InfoOf<T>() =>
        _options.TryGetTypeInfo(typeof(T), out JsonTypeInfo? info)
            ? (JsonTypeInfo<T>)info
            : throw new NotSupportedException($"The JsonSerializerContext knows nothing of {typeof(T)}. Add [JsonSerializable(typeof({typeof(T).Name}))] to it.");
}
