using System.Text.Json;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Describes types in the library's first format: the JSON schema that <c>System.Text.Json</c> exports, under the options of that version. Used only for data stored in that format.</summary>
/// <param name="options">The options of the serializer.</param>
internal sealed class FirstFormat(JsonSerializerOptions options)
{
    private readonly Lazy<JsonSerializerOptions> _options = new(() =>
    {
        var first = new JsonSerializerOptions(options)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            IncludeFields = true,
        };
        first.MakeReadOnly();
        return first;
    });

    /// <summary>The schema of a type.</summary>
    public string Describe(Type type) => _options.Value.GetTypeInfo(type).GetJsonSchemaAsNode().ToJsonString();

    /// <summary>The name of a type.</summary>
    public static string NameOf(Type type)
    {
        int tick = type.IsGenericType ? type.Name.IndexOf('`', StringComparison.Ordinal) : -1;
        return tick < 0 ? type.Name : $"{type.Name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }
}
