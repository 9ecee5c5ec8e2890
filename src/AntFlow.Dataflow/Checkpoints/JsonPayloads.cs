using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
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

    private readonly FirstFormat _first;

    private JsonPayloads(JsonSerializerOptions options, FirstFormat first)
    {
        _options = options;
        _options.MakeReadOnly();
        _first = first;
    }

    [RequiresUnreferencedCode("Types are looked up by reflection; give WithCheckpoints a JsonSerializerContext instead.")]
    [RequiresDynamicCode("Types are looked up by reflection; give WithCheckpoints a JsonSerializerContext instead.")]
    public static JsonPayloads OfReflection()
    {
        var options = new JsonSerializerOptions
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LetOptionalsBeMissing } },
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            // A tuple is nothing but fields.
            IncludeFields = true,
        };
        return new JsonPayloads(options, new FirstFormat(new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }));
    }

    /// <summary>With the options of the context as they are: they say how its types are written, and read.</summary>
    public static JsonPayloads Of(JsonSerializerContext context) =>
        new(new JsonSerializerOptions(context.Options) { TypeInfoResolver = context }, new FirstFormat(new JsonSerializerOptions(context.Options) { TypeInfoResolver = context }));

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

    public string Describe<T>() => _descriptions.GetOrAdd(typeof(T), static (_, payloads) => payloads.ShapeOf<T>().ToText(), this);

    /// <summary>Describes the shape of a type's bytes as the first format did.</summary>
    public string DescribeFirst<T>() => _first.Describe(typeof(T));

    /// <summary>The shape of a type's bytes.</summary>
    public TypeShape ShapeOf<T>() => TypeShapes.Of(_options, InfoOf<T>().Type);

    // What is null, or the default, may have been left out where it was written, or have come to the type later.
    private static void LetOptionalsBeMissing(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo member in type.Properties)
        {
            bool mayBeMissing = member.AssociatedParameter is { IsNullable: true, IsMemberInitializer: false } || (member.ShouldSerialize is not null && member.AssociatedParameter is not null);
            if (member.IsRequired && mayBeMissing && member.AttributeProvider?.IsDefined(typeof(JsonRequiredAttribute), inherit: false) != true)
                member.IsRequired = false;
        }
    }

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
