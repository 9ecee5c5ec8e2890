using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Answers questions about types in JSON without reflection: all data are in their <see cref="JsonTypeInfo"/>. Pure.</summary>
internal static class JsonTypes
{
    /// <summary>Whether a converter belongs to System.Text.Json. A custom converter does not, and its output is unknown.</summary>
    public static bool IsBuiltIn(JsonConverter? converter) => converter is null || converter.GetType().Assembly == typeof(JsonSerializer).Assembly;

    /// <summary>Whether a custom converter writes a member, either the member's or the type's.</summary>
    public static bool IsConverted(JsonPropertyInfo member, JsonTypeInfo? type) => !IsBuiltIn(member.CustomConverter ?? type?.Converter);

    /// <summary>Whether a member is neither written nor read.</summary>
    public static bool IsIgnored(JsonPropertyInfo member) => member.Get is null && member.Set is null && member.AssociatedParameter is null;

    /// <summary>Whether the written value of a member is read again.</summary>
    public static bool IsRead(JsonPropertyInfo member) =>
        member.Set is not null || member.AssociatedParameter is not null || member.IsExtensionData || Populates(member);

    /// <summary>Whether a member may be omitted when it is written.</summary>
    public static bool IsOmittable(JsonPropertyInfo member) => member.Get is null || member.ShouldSerialize is not null || member.Options.DefaultIgnoreCondition switch
    {
        JsonIgnoreCondition.Never => false,
        JsonIgnoreCondition.WhenWritingNull => CanBeNull(member.PropertyType),
        _ => true,
    };

    /// <summary>Whether a member may be read as null.</summary>
    public static bool MayBeNull(JsonPropertyInfo member) =>
        CanBeNull(member.PropertyType) && (member.PropertyType.IsValueType || member.IsSetNullable || !member.Options.RespectNullableAnnotations);

    /// <summary>Whether a member may be missing when it is read, without a value that was never stored: it is nullable, has a default of its own, or is omitted when it is the default.</summary>
    public static bool IsOptional(JsonPropertyInfo member) =>
        !member.IsRequired
        && ((CanBeNull(member.PropertyType) && (member.PropertyType.IsValueType || member.IsSetNullable)) || member.AssociatedParameter is { HasDefaultValue: true } || IsOmittable(member));

    private static bool CanBeNull(Type type) => !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

    private static bool Populates(JsonPropertyInfo member) =>
        (member.ObjectCreationHandling ?? member.Options.PreferredObjectCreationHandling) == JsonObjectCreationHandling.Populate;
}
