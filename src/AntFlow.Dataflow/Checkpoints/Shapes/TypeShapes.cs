using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Describes types as the serializer treats them, according to their <see cref="JsonTypeInfo"/>. Throws for a type that the serializer does not know.</summary>
/// <param name="options">The options of the serializer.</param>
internal sealed class TypeShapes(JsonSerializerOptions options)
{
    // The objects of this description: a type that occurs again has the same object.
    private readonly Dictionary<Type, TypeShape> _objects = [];

    public static TypeShape Of(JsonSerializerOptions options, Type type) => new TypeShapes(options).Read(type, member: null);

    private TypeShape Read(Type type, JsonPropertyInfo? member)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return IsConverted(type, member)
                ? Converted(type, member)
                : new TypeShape(ShapeKind.Nullable, string.Empty) { Element = Read(underlying, member) };
        }

        if (IsConverted(type, member))
            return Converted(type, member);
        if (type.IsEnum)
            return ReadEnum(type, member);
        JsonTypeInfo info = options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => ReadObject(info),
            JsonTypeInfoKind.Dictionary => new TypeShape(ShapeKind.Map, "map") { Key = Read(info.KeyType ?? typeof(string), member: null), Element = Read(info.ElementType ?? typeof(object), member: null) },
            JsonTypeInfoKind.Enumerable => new TypeShape(ShapeKind.List, WordOf(type)) { Element = Read(info.ElementType ?? typeof(object), member: null) },
            _ => new TypeShape(ShapeKind.Leaf, LeafName(type, member)),
        };
    }

    private bool IsConverted(Type type, JsonPropertyInfo? member) =>
        !JsonTypes.IsBuiltIn(member?.CustomConverter ?? (options.TryGetTypeInfo(type, out JsonTypeInfo? info) ? info.Converter : null));

    private TypeShape Converted(Type type, JsonPropertyInfo? member)
    {
        Type converter = (member?.CustomConverter ?? options.GetTypeInfo(type).Converter).GetType();
        return new TypeShape(ShapeKind.Converted, TypeNames.Of(converter)) { ConvertedType = TypeNames.Of(type) };
    }

    private TypeShape ReadObject(JsonTypeInfo info)
    {
        if (_objects.TryGetValue(info.Type, out TypeShape? known))
            return known;
        var shape = new TypeShape(ShapeKind.Object, "object");
        _objects.Add(info.Type, shape);
        foreach (JsonPropertyInfo member in info.Properties)
        {
            if (!JsonTypes.IsIgnored(member))
                shape.Members.Add(ReadMember(member));
        }

        if (info.PolymorphismOptions is not { } polymorphism)
            return shape;
        shape.Discriminator = polymorphism.TypeDiscriminatorPropertyName;
        foreach (JsonDerivedType derived in polymorphism.DerivedTypes)
        {
            string id = derived.TypeDiscriminator is string text ? TypeShapeWriter.Quote(text) : Convert.ToString(derived.TypeDiscriminator, CultureInfo.InvariantCulture) is { Length: > 0 } number ? number : "null";
            shape.Derived.Add(new DerivedShape(id, Read(derived.DerivedType, member: null)));
        }

        return shape;
    }

    private MemberShape ReadMember(JsonPropertyInfo member)
    {
        TypeShape shape = Read(member.PropertyType, member);
        if (shape.Kind != ShapeKind.Nullable && JsonTypes.MayBeNull(member))
            shape = new TypeShape(ShapeKind.Nullable, string.Empty) { Element = shape };
        bool isRead = JsonTypes.IsRead(member);
        return new MemberShape(member.Name, shape, isRead && JsonTypes.IsOptional(member), isRead && JsonTypes.IsOmittable(member), !isRead);
    }

    private TypeShape ReadEnum(Type type, JsonPropertyInfo? member)
    {
        Array numbers = Enum.GetValuesAsUnderlyingType(type);
        string[] names = Enum.GetNames(type);
        // Only the written JSON shows the name that an enum value has there, or whether it is a number.
        bool? memberIsText = member?.CustomConverter is { } converter ? converter is JsonStringEnumConverter || TypeNames.Of(converter.GetType()).StartsWith("JsonStringEnum", StringComparison.Ordinal) : null;
        bool isText = memberIsText ?? JsonTextOf(type, Enum.ToObject(type, numbers.Length > 0 ? numbers.GetValue(0)! : 0)) is not null;
        List<EnumMemberShape> values = [];
        for (int i = 0; i < names.Length; i++)
        {
            object number = numbers.GetValue(i)!;
            string name = isText && memberIsText is null ? JsonTextOf(type, Enum.ToObject(type, number)) ?? names[i] : names[i];
            // Two names of one number are written as one name.
            if (!values.Exists(value => string.Equals(value.Name, name, StringComparison.Ordinal)))
                values.Add(new EnumMemberShape(name, Convert.ToString(number, CultureInfo.InvariantCulture)!));
        }

        return new TypeShape(ShapeKind.Enum, Enum.GetUnderlyingType(type).Name) { IsText = isText, Values = values };
    }

    private string? JsonTextOf(Type type, object value)
    {
        using JsonDocument json = JsonSerializer.SerializeToDocument(value, options.GetTypeInfo(type));
        return json.RootElement.ValueKind == JsonValueKind.String ? json.RootElement.GetString() : null;
    }

    private string LeafName(Type type, JsonPropertyInfo? member)
    {
        JsonNumberHandling numbers = member?.NumberHandling ?? options.NumberHandling;
        string name = TypeNames.Of(type);
        return numbers.HasFlag(JsonNumberHandling.WriteAsString) && type.IsPrimitive && type != typeof(bool) && type != typeof(char) ? $"{name} as text" : name;
    }

    /// <summary>Returns the word for the order of a collection's elements.</summary>
    public static string WordOf(Type type)
    {
        string name = type.Name;
        if (name.Contains("Set`", StringComparison.Ordinal))
            return "set";
        return name.Contains("Stack", StringComparison.Ordinal) ? "stack" : "list";
    }
}
