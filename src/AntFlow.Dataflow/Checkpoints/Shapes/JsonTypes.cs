using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What can be asked about types in JSON without reflection: everything is in their <see cref="JsonTypeInfo"/>. Pure.</summary>
internal static class JsonTypes
{
    /// <summary>Whether a converter is the library's (of System.Text.Json), and not one of the user's own, of which nothing is known.</summary>
    public static bool IsBuiltIn(JsonConverter? converter) => converter is null || converter.GetType().Assembly == typeof(JsonSerializer).Assembly;

    /// <summary>Whether a member is written by a converter of the user's own, be it the member's or the type's.</summary>
    public static bool IsConverted(JsonPropertyInfo member, JsonTypeInfo? type) => !IsBuiltIn(member.CustomConverter ?? type?.Converter);

    /// <summary>Whether a member takes part in neither writing nor reading.</summary>
    public static bool IsIgnored(JsonPropertyInfo member) => member.Get is null && member.Set is null && member.AssociatedParameter is null;

    /// <summary>Whether what was written of a member is read again.</summary>
    public static bool IsRead(JsonPropertyInfo member) =>
        member.Set is not null || member.AssociatedParameter is not null || member.IsExtensionData || Populates(member);

    /// <summary>Whether a member may be left out where it is written.</summary>
    public static bool IsOmittable(JsonPropertyInfo member) => member.Get is null || member.ShouldSerialize is not null || member.Options.DefaultIgnoreCondition switch
    {
        JsonIgnoreCondition.Never => false,
        JsonIgnoreCondition.WhenWritingNull => CanBeNull(member.PropertyType),
        _ => true,
    };

    /// <summary>Whether null may be read as a member.</summary>
    public static bool MayBeNull(JsonPropertyInfo member) =>
        CanBeNull(member.PropertyType) && (member.PropertyType.IsValueType || member.IsSetNullable || !member.Options.RespectNullableAnnotations);

    /// <summary>Whether a member may be missing where it is read, without becoming what nobody has stored: it is nullable, has a default of its own, or is left out when it is the default.</summary>
    public static bool IsOptional(JsonPropertyInfo member) =>
        !member.IsRequired
        && ((CanBeNull(member.PropertyType) && (member.PropertyType.IsValueType || member.IsSetNullable)) || member.AssociatedParameter is { HasDefaultValue: true } || IsOmittable(member));

    private static bool CanBeNull(Type type) => !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

    private static bool Populates(JsonPropertyInfo member) =>
        (member.ObjectCreationHandling ?? member.Options.PreferredObjectCreationHandling) == JsonObjectCreationHandling.Populate;
}
