using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Judges types before there is a value of them: searches their <see cref="JsonTypeInfo"/> for members that are certain to be lost and for members that may be lost. The output of
/// custom converters is not judged.</summary>
/// <remarks>Creates no value of a type, except empty collections.</remarks>
internal sealed class TypeJudge
{
    private readonly JsonSerializerOptions _options;
    private readonly List<string> _faults = [];
    private readonly Dictionary<Type, List<string>> _doubts = [];
    private readonly HashSet<Type> _met = [];

    private TypeJudge(JsonSerializerOptions options)
    {
        _options = options;
    }

    public static TypeVerdict Judge(JsonSerializerOptions options, Type type)
    {
        var judge = new TypeJudge(options);
        judge.Add(type, TypeNames.Of(type), isRoot: true);
        return new TypeVerdict(judge._faults, [.. judge._doubts.Select(doubt => new TypeDoubt(TypeNames.Of(doubt.Key), string.Join(", ", doubt.Value.Distinct(StringComparer.Ordinal))))]);
    }

    private void Add(Type type, string path, bool isRoot = false)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!_met.Add(type))
            return;
        if (TypeNames.IsUnspeakable(type))
        {
            _faults.Add($"{path} is of an anonymous type, whose name the compiler may change whenever the code changes. Use a record or a tuple.");
            return;
        }

        JsonTypeInfo? info = Find(type, path, isRoot);
        if (info is null || !JsonTypes.IsBuiltIn(info.Converter))
            return;
        if (FindFault(info) is { } fault)
        {
            _faults.Add($"{path} {(isRoot ? string.Empty : $"is a {TypeNames.Of(type)}, which ")}{fault}");
            return;
        }

        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                AddObject(info, path);
                break;
            case JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary:
                AddCollection(info, path);
                break;
            case JsonTypeInfoKind.None when isRoot && type == typeof(object):
                AddDoubt(type, "an object comes back as a JsonElement");
                break;
        }
    }

    private JsonTypeInfo? Find(Type type, string path, bool isRoot)
    {
        try
        {
            if (_options.TryGetTypeInfo(type, out JsonTypeInfo? info))
                return info;
            _faults.Add($"{(isRoot ? string.Empty : $"{path}: ")}the JsonSerializerContext does not contain {TypeNames.Of(type)}. Add [JsonSerializable(typeof({TypeNames.Of(type)}))] to it.");
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException)
        {
            _faults.Add($"{path} cannot be written as JSON: {ErrorText.Of(error)}");
        }

        return null;
    }

    /// <summary>Returns why no value of a type can be stored; null if no reason is known.</summary>
    private static string? FindFault(JsonTypeInfo info)
    {
        Type type = info.Type;
        const string leave = "Leave it out with [JsonIgnore], or give it a JsonConverter of your own.";
        if (IsNoValue(type))
            return $"cannot be stored: it refers to something that does not outlive the process. {leave}";
        if (info.PolymorphismOptions is { } polymorphism)
            return polymorphism.DerivedTypes.Count == 0 ? $"does not list its derived types. List them with [JsonDerivedType]. {leave}" : null;
        if (info.Kind == JsonTypeInfoKind.Object && (type.IsInterface || type.IsAbstract))
            return $"is {(type.IsInterface ? "an interface" : "abstract")} and does not list its derived types. List them with [JsonDerivedType], declare the type itself, or give it a JsonConverter of your own.";
        if (info.Kind == JsonTypeInfoKind.Object && type.IsValueType && typeof(ITuple).IsAssignableFrom(type) && info.Properties.Count == 0)
            return "is a tuple, whose fields the JsonSerializerContext leaves out. Set [JsonSourceGenerationOptions(IncludeFields = true)] on it, or use a record.";
        if (info.KeyType is { } key && info.Options.TryGetTypeInfo(key, out JsonTypeInfo? keyInfo) && JsonTypes.IsBuiltIn(keyInfo.Converter) && keyInfo.Kind != JsonTypeInfoKind.None)
            return $"has keys of type {TypeNames.Of(key)}, which JSON cannot have. Use a key of text or a number, or a list of pairs.";
        if (TryToRead(info) is { } error)
            return $"can be written but not read back: {error} Give it setters or a constructor whose parameters are its members, a [JsonConstructor] if it has several, or a JsonConverter of your own.";
        return info.Kind == JsonTypeInfoKind.Object && type.Namespace is { } space && space.StartsWith(nameof(System), StringComparison.Ordinal)
            && info.Properties.Count > 0 && !info.Properties.Any(JsonTypes.IsRead)
            ? $"has no members that can be read back. {leave}"
            : null;
    }

    private static bool IsNoValue(Type type) =>
        typeof(Delegate).IsAssignableFrom(type) || typeof(Stream).IsAssignableFrom(type) || typeof(TextReader).IsAssignableFrom(type) || typeof(TextWriter).IsAssignableFrom(type)
        || typeof(Task).IsAssignableFrom(type) || typeof(WaitHandle).IsAssignableFrom(type) || typeof(MemberInfo).IsAssignableFrom(type) || typeof(Exception).IsAssignableFrom(type)
        || type.IsPointer || type == typeof(IntPtr) || type == typeof(UIntPtr) || type == typeof(CancellationToken) || type == typeof(CancellationTokenSource) || type == typeof(StringBuilder)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>));

    /// <summary>Begins to read a value of the type and stops at once: that is enough to detect that it cannot be read. No value is created.</summary>
    private static string? TryToRead(JsonTypeInfo info)
    {
        // A type with a parameterless constructor can be created; it is not called here, because it is user code.
        if (info.Kind == JsonTypeInfoKind.Object && info.CreateObject is not null)
            return null;
        try
        {
            JsonSerializer.Deserialize(info.Kind == JsonTypeInfoKind.Enumerable ? "["u8 : "{"u8, info);
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException)
        {
            string text = ErrorText.Of(error);
            int path = text.IndexOf(" Path: $", StringComparison.Ordinal);
            return path < 0 ? text : text[..path];
        }
        catch (Exception)
        {
            // Stopped, as intended.
        }

        return null;
    }

    private void AddObject(JsonTypeInfo info, string path)
    {
        if (info.PolymorphismOptions is { } polymorphism)
        {
            foreach (JsonDerivedType derived in polymorphism.DerivedTypes)
            {
                if (derived.DerivedType != info.Type)
                    Add(derived.DerivedType, $"{path} ({TypeNames.Of(derived.DerivedType)})");
            }

            if (info.Type.IsAbstract)
                return;
        }

        foreach (JsonPropertyInfo member in info.Properties)
        {
            if (!JsonTypes.IsIgnored(member))
                AddMember(info, member, $"{path}.{member.Name}");
        }
    }

    private void AddMember(JsonTypeInfo info, JsonPropertyInfo member, string path)
    {
        if (!JsonTypes.IsBuiltIn(member.CustomConverter))
            return;
        if (!JsonTypes.IsRead(member))
        {
            if (IsState(member))
            {
                _faults.Add($"{path} has a getter and neither a setter that JSON may use nor a constructor parameter, and would come back as its default. "
                    + "Give it a public setter or init, [JsonInclude] or a constructor parameter; write it with => if it is computed, or leave it out with [JsonIgnore].");
            }

            return;
        }

        if (member.PropertyType == typeof(object))
            AddDoubt(info.Type, $"{member.Name} (an object comes back as a JsonElement)");
        else if (!member.IsExtensionData && DoubtOf(member.PropertyType) is { } doubt)
            AddDoubt(info.Type, $"{member.Name} ({doubt})");
        Add(member.PropertyType, path);
    }

    /// <summary>Whether a getter returns stored state and not a computed value: there is a setter that is not public, or the compiler has generated the getter.</summary>
    private static bool IsState(JsonPropertyInfo member) => member.AttributeProvider switch
    {
        PropertyInfo property => property.CanWrite || property.GetMethod?.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) == true,
        FieldInfo => true,
        _ => false,
    };

    private void AddCollection(JsonTypeInfo info, string path)
    {
        Type element = info.ElementType ?? typeof(object);
        if (path.IndexOf('.', StringComparison.Ordinal) < 0 && DoubtOf(info.Type) is { } doubt)
            AddDoubt(info.Type, doubt);
        if (info.KeyType is { } key)
            Add(key, $"the key of {path}");
        Add(element, $"{path}[]");
    }

    /// <summary>Returns why some values of a collection do not come back unchanged; null if all do, apart from their elements.</summary>
    private string? DoubtOf(Type type)
    {
        if (!_options.TryGetTypeInfo(Nullable.GetUnderlyingType(type) ?? type, out JsonTypeInfo? info) || !JsonTypes.IsBuiltIn(info.Converter) || info.Kind is not (JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary))
            return null;
        List<string> doubts = [];
        if (info.ElementType is null || info.ElementType == typeof(object))
            doubts.Add("an object comes back as a JsonElement");
        if (info.Kind == JsonTypeInfoKind.Dictionary || string.Equals(TypeShapes.WordOf(type), "set", StringComparison.Ordinal))
            doubts.Add("only the default comparer comes back");
        if (!type.IsArray && type.Namespace?.StartsWith(nameof(System), StringComparison.Ordinal) != true)
            doubts.Add("of a collection of your own only the elements come back");
        return doubts.Count == 0 ? null : string.Join("; ", doubts);
    }

    private void AddDoubt(Type type, string what)
    {
        if (!_doubts.TryGetValue(type, out List<string>? doubts))
            _doubts.Add(type, doubts = []);
        doubts.Add(what);
    }
}
