using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The way in which values of a type are compared.</summary>
internal enum ValueKind
{
    /// <summary>Not at all: a custom converter writes them.</summary>
    Unjudged,

    /// <summary>As a whole.</summary>
    Leaf,

    /// <summary>Member by member.</summary>
    Object,

    /// <summary>Element by element.</summary>
    List,

    /// <summary>Key by key.</summary>
    Map,
}

/// <summary>The plan to compare values of a type, created once from its <see cref="JsonTypeInfo"/>.</summary>
internal sealed class ValuePlan
{
    private readonly ValuePlans _plans;
    private readonly Type _elementType;
    private readonly Type _keyType;
    private ValuePlan? _element;
    private ValuePlan? _key;

    public ValuePlan(ValuePlans plans, JsonTypeInfo info)
    {
        _plans = plans;
        Type = info.Type;
        Info = info;
        Kind = !JsonTypes.IsBuiltIn(info.Converter) ? ValueKind.Unjudged : info.Kind switch
        {
            JsonTypeInfoKind.Object => ValueKind.Object,
            JsonTypeInfoKind.Enumerable => ValueKind.List,
            JsonTypeInfoKind.Dictionary => ValueKind.Map,
            _ => ValueKind.Leaf,
        };
        _elementType = info.ElementType ?? typeof(object);
        _keyType = info.KeyType ?? typeof(string);
        Members = Kind == ValueKind.Object ? [.. info.Properties.Where(member => member.Get is not null).Select(member => new MemberPlan(plans, member))] : [];
    }

    public Type Type { get; }

    public JsonTypeInfo Info { get; }

    public ValueKind Kind { get; }

    public MemberPlan[] Members { get; }

    /// <summary>The plan for elements, or for the values of a map.</summary>
    public ValuePlan Element => _element ??= _plans.Get(_elementType);

    public ValuePlan Key => _key ??= _plans.Get(_keyType);

    /// <summary>Whether a value may come back as another type: only elements or nodes are declared, and these are the same.</summary>
    public bool MayChange(Type actual) =>
        typeof(JsonNode).IsAssignableFrom(Type)
        || (Type.IsInterface && Kind is ValueKind.List or ValueKind.Map && ((actual.Namespace ?? string.Empty).StartsWith("System", StringComparison.Ordinal) || actual.IsArray || actual.Name[0] == '<')
            && !actual.Name.Contains("Sorted", StringComparison.Ordinal));
}

/// <summary>The plan to compare a member.</summary>
internal sealed class MemberPlan
{
    private readonly ValuePlans _plans;
    private readonly Type _type;
    private readonly bool _isUnjudged;
    private ValuePlan? _plan;

    public MemberPlan(ValuePlans plans, JsonPropertyInfo member)
    {
        _plans = plans;
        _type = member.PropertyType;
        _isUnjudged = !JsonTypes.IsBuiltIn(member.CustomConverter);
        Name = member.Name;
        Get = member.Get!;
        IsRead = JsonTypes.IsRead(member);
    }

    public string Name { get; }

    public Func<object, object?> Get { get; }

    /// <summary>Whether it is read; otherwise it is computed from other members.</summary>
    public bool IsRead { get; }

    /// <summary>The plan for its values; null if they are not compared.</summary>
    public ValuePlan? Plan => _isUnjudged ? null : _plan ??= _plans.Get(_type);
}

/// <summary>The plans of all types of a serializer.</summary>
internal sealed class ValuePlans(JsonSerializerOptions options)
{
    private readonly ConcurrentDictionary<Type, ValuePlan?> _plans = new();

    /// <summary>Returns the plan of a type that the serializer knows.</summary>
    public ValuePlan Get(Type type) => Find(type) ?? throw new NotSupportedException($"The serializer does not know the type {TypeNames.Of(type)}.");

    /// <summary>Returns the plan of a type; null if the serializer does not know it.</summary>
    public ValuePlan? Find(Type type) => _plans.GetOrAdd(Nullable.GetUnderlyingType(type) ?? type, static (type, plans) => plans.Make(type), this);

    private ValuePlan? Make(Type type) => options.TryGetTypeInfo(type, out JsonTypeInfo? info) ? new ValuePlan(this, info) : null;
}
