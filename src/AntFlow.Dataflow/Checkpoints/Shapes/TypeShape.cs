namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The kind of a type as far as the shape of its bytes is concerned.</summary>
internal enum ShapeKind
{
    /// <summary>A value without parts, identified by the .NET name of its type.</summary>
    Leaf,

    /// <summary>The output of a custom converter: only the names of converter and type are known.</summary>
    Converted,

    /// <summary>An enum, with the names and the numbers of its members.</summary>
    Enum,

    /// <summary>A value or null.</summary>
    Nullable,

    /// <summary>Elements in a row.</summary>
    List,

    /// <summary>Values by their keys.</summary>
    Map,

    /// <summary>Members by their names.</summary>
    Object,
}

/// <summary>Describes a type as far as the bytes of its values, and the ways to read them, depend on it: kinds, names of members, the .NET types of values without parts, names and numbers of
/// enums. Pure.</summary>
/// <remarks>A graph: a type that contains itself is a shape that refers to itself. Complete when it is returned, and not changed after that.</remarks>
internal sealed class TypeShape(ShapeKind kind, string name)
{
    public ShapeKind Kind { get; } = kind;

    /// <summary>The .NET type of a leaf, the underlying type of an enum, the converter of a converted type, or the word for the order of elements (<c>list</c>, <c>set</c>, <c>stack</c>).</summary>
    public string Name { get; } = name;

    /// <summary>The type that a converter writes.</summary>
    public string? ConvertedType { get; init; }

    /// <summary>Whether an enum is written as text.</summary>
    public bool IsText { get; init; }

    /// <summary>The members of an enum, with their text names if it is written as text.</summary>
    public IReadOnlyList<EnumMemberShape> Values { get; init; } = [];

    /// <summary>The keys of a map.</summary>
    public TypeShape? Key { get; set; }

    /// <summary>The elements of a list or a map, or the value that may be null.</summary>
    public TypeShape? Element { get; set; }

    /// <summary>The members of an object.</summary>
    public List<MemberShape> Members { get; } = [];

    /// <summary>The name of the property that identifies the derived type of an object; null if there is none.</summary>
    public string? Discriminator { get; set; }

    /// <summary>The derived types of the object.</summary>
    public List<DerivedShape> Derived { get; } = [];

    /// <summary>Returns the shape as it is stored: a complete, culture-independent text.</summary>
    public string ToText() => TypeShapeWriter.Write(this);

    /// <summary>Parses the shape that a text describes.</summary>
    /// <returns>Whether the text describes a shape.</returns>
    public static bool TryParse(string text, out TypeShape shape) => TypeShapeParser.TryParse(text, out shape);

    /// <summary>Finds what prevents values of a stored shape from being read as this one without a loss. Empty if everything this shape has in addition is optional.</summary>
    /// <param name="stored">The stored shape.</param>
    /// <param name="name">The name of the whole value.</param>
    /// <returns>The differences, one phrase each.</returns>
    public IReadOnlyList<string> Compare(TypeShape stored, string name) => ShapeComparison.Compare(this, stored, name);

    /// <summary>Whether values of a stored shape can be read as this one without a loss.</summary>
    public bool CanRead(TypeShape stored) => Compare(stored, string.Empty).Count == 0;

    /// <summary>Returns a short description.</summary>
    public override string ToString() => Kind switch
    {
        ShapeKind.Leaf => Name,
        ShapeKind.Converted => $"{ConvertedType} by {Name}",
        ShapeKind.Enum => IsText ? $"enum of {Name} as text" : $"enum of {Name}",
        ShapeKind.Nullable => $"{Element}?",
        ShapeKind.List => $"{Name} of {Element}",
        ShapeKind.Map => $"map of {Key} to {Element}",
        _ => "object",
    };
}

/// <summary>A member of an enum.</summary>
/// <param name="Name">Its name; the written name if the enum is written as text.</param>
/// <param name="Number">Its number, in digits.</param>
internal readonly record struct EnumMemberShape(string Name, string Number);

/// <summary>A member of an object.</summary>
/// <param name="Name">The name in the JSON.</param>
/// <param name="Shape">Its type.</param>
/// <param name="IsOptional">Whether it may be missing when it is read: it is null then, or has a default of its own.</param>
/// <param name="IsOmittable">Whether it may be omitted when it is written.</param>
/// <param name="IsComputed">Whether it is written and never read, because it is computed from other members.</param>
internal sealed record MemberShape(string Name, TypeShape Shape, bool IsOptional, bool IsOmittable, bool IsComputed);

/// <summary>A derived type of an object.</summary>
/// <param name="Id">Its discriminator: a text in quotes, a number, or <c>null</c>.</param>
/// <param name="Shape">The type.</param>
internal sealed record DerivedShape(string Id, TypeShape Shape);
