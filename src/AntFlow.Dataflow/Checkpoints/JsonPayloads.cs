using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Serializes values as JSON in UTF-8. With the library's own options, reading is strict: unknown members, missing members that are not optional, and nulls where none are allowed
/// are errors. The options of a user's context are used unchanged.</summary>
/// <remarks>JSON silently drops what it does not see, such as the runtime types of values in an <c>object</c>. Therefore each written value is read back and compared: a loss is an error
/// while the value still exists.</remarks>
internal sealed class JsonPayloads : IPayloadSerializer
{
    private readonly JsonSerializerOptions _options;
    private readonly FirstFormat _first;
    private readonly ValuePlans _plans;
    private readonly ConcurrentDictionary<Type, string> _descriptions = new();
    private readonly ConcurrentDictionary<Type, TypeVerdict> _verdicts = new();

    private JsonPayloads(JsonSerializerOptions options, FirstFormat first)
    {
        _options = options;
        _options.MakeReadOnly();
        _first = first;
        _plans = new ValuePlans(options);
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
            // A tuple only has fields.
            IncludeFields = true,
        };
        return new JsonPayloads(options, new FirstFormat(new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }));
    }

    /// <summary>Uses the options of the context unchanged: they determine how its types are written and read.</summary>
    public static JsonPayloads Of(JsonSerializerContext context) =>
        new(new JsonSerializerOptions(context.Options) { TypeInfoResolver = context }, new FirstFormat(new JsonSerializerOptions(context.Options) { TypeInfoResolver = context }));

    public ReadOnlyMemory<byte> Serialize<T>(T value)
    {
        byte[] bytes = Write(value);
        ReadBack(value, bytes);
        return bytes;
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => JsonSerializer.Deserialize(bytes.Span, InfoOf<T>())!;

    public string Describe<T>() => _descriptions.GetOrAdd(typeof(T), static (_, payloads) => payloads.ShapeOf<T>().ToText(), this);

    /// <summary>Describes the shape of a type's bytes as the first format did.</summary>
    public string DescribeFirst<T>() => _first.Describe(typeof(T));

    /// <summary>The shape of a type's bytes.</summary>
    public TypeShape ShapeOf<T>() => TypeShapes.Of(_options, InfoOf<T>().Type);

    /// <summary>Judges a type before there is a value of it: its faults and possible faults, as far as the type shows them.</summary>
    public TypeVerdict Judge(Type type) => _verdicts.GetOrAdd(type, static (type, options) => TypeJudge.Judge(options, type), _options);

    /// <summary>Serializes a value, and does not check whether it comes back unchanged.</summary>
    public byte[] Write<T>(T value) => JsonBuffer.Write(value, InfoOf<T>());

    /// <summary>Deserializes the bytes of a value.</summary>
    /// <exception cref="NotSupportedException">The copy differs from the value that was written.</exception>
    public T ReadBack<T>(T value, ReadOnlyMemory<byte> bytes)
    {
        T copy;
        try
        {
            copy = Deserialize<T>(bytes);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new NotSupportedException($"A {TypeNames.Of(typeof(T))} can be written but not read back: {ErrorText.Of(error)}", error);
        }

        if (Compare(value, copy) is not { } difference)
            return copy;
        string name = TypeNames.Of(typeof(T));
        throw new NotSupportedException($"A {name} does not come back as it was: {name}{difference.Path}: {difference.What}. {difference.Remedy}");
    }

    /// <summary>Finds where a copy differs from its original; null if it does not.</summary>
    public ValueDifference? Compare<T>(T value, T copy) => new ValueComparison(_plans).Find(value, copy, _plans.Get(typeof(T)));

    /// <summary>Whether a type without parts, or a tuple, is written in the one form that is known to come back unchanged.</summary>
    public bool IsPlain(Type type)
    {
        if (_options.NumberHandling != JsonNumberHandling.Strict || !_options.TryGetTypeInfo(type, out JsonTypeInfo? info) || !JsonTypes.IsBuiltIn(info.Converter))
            return false;
        return type.IsEnum ? !TypeShapes.Of(_options, type).IsText : info.Kind == JsonTypeInfoKind.None || info.Properties.Count == type.GetGenericArguments().Length;
    }

    // A null or default value may have been omitted when it was written, or the member may be newer than the stored value.
    private static void LetOptionalsBeMissing(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo member in type.Properties)
        {
            bool mayBeMissing = member.AssociatedParameter is { IsNullable: true, IsMemberInitializer: false } || (member.ShouldSerialize is not null && member.AssociatedParameter is not null);
            if (member.IsRequired && mayBeMissing && member.AttributeProvider?.IsDefined(typeof(JsonRequiredAttribute), inherit: false) != true)
                member.IsRequired = false;
        }
    }

    private JsonTypeInfo<T> InfoOf<T>() =>
        _options.TryGetTypeInfo(typeof(T), out JsonTypeInfo? info)
            ? (JsonTypeInfo<T>)info
            : throw new NotSupportedException($"The JsonSerializerContext does not contain {typeof(T)}. Add [JsonSerializable(typeof({TypeNames.Of(typeof(T))}))] to it.");
}
