namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What a type is for the shape of its bytes.</summary>
internal enum ShapeKind
{
    /// <summary>A value without parts, known by the .NET name of its type.</summary>
    Leaf,

    /// <summary>What a converter of the user's own writes: nothing is known of it but the names of converter and type.</summary>
    Converted,

    /// <summary>An enum, with the names and the numbers of its members.</summary>
    Enum,

    /// <summary>Something, or null.</summary>
    Nullable,

    /// <summary>Elements in a row.</summary>
    List,

    /// <summary>Values by their keys.</summary>
    Map,

    /// <summary>Members by their names.</summary>
    Object,
}

/// <summary>Describes a type as far as the bytes of its values depend on it, and what may be made of them: kinds, names of members, the .NET types of what has no parts, names and numbers of
/// enums. Pure.</summary>
/// <remarks>A graph: a type that contains itself is a shape that refers to itself. Complete once it is given away, and not changed any more.</remarks>
internal sealed class TypeShape(ShapeKind kind, string name)
{
    public ShapeKind Kind { get; } = kind;

    /// <summary>Of a leaf the .NET type, of an enum the type of its numbers, of what is converted the converter, of elements the word for how they stand (<c>list</c>, <c>set</c>, <c>stack</c>).</summary>
    public string Name { get; } = name;

    /// <summary>Of what is converted: the type.</summary>
    public string? ConvertedType { get; init; }

    /// <summary>Of an enum: whether it is written as text.</summary>
    public bool IsText { get; init; }

    /// <summary>Of an enum: its members, each as it is called where it is written as text.</summary>
    public IReadOnlyList<EnumMemberShape> Values { get; init; } = [];

    /// <summary>The keys of a map.</summary>
    public TypeShape? Key { get; set; }

    /// <summary>What stands in a list or a map, or may be null.</summary>
    public TypeShape? Element { get; set; }

    /// <summary>The members of an object.</summary>
    public List<MemberShape> Members { get; } = [];

    /// <summary>The name under which an object says which type it is; null unless it does.</summary>
    public string? Discriminator { get; set; }

    /// <summary>The types such an object may be of.</summary>
    public List<DerivedShape> Derived { get; } = [];

    /// <summary>The shape as it is stored: a text that says all of it, in any culture.</summary>
    public string ToText() => TypeShapeWriter.Write(this);

    /// <summary>The shape a text describes.</summary>
    /// <returns>Whether it describes one.</returns>
    public static bool TryParse(string text, out TypeShape shape) => TypeShapeParser.TryParse(text, out shape);

    /// <summary>What hinders values that were stored as another shape from being read as this one without a loss. Nothing, if all this one has in addition is optional.</summary>
    /// <param name="stored">The shape they were stored as.</param>
    /// <param name="name">What the whole is called.</param>
    /// <returns>The differences, a phrase each.</returns>
    public IReadOnlyList<string> Compare(TypeShape stored, string name) => ShapeComparison.Compare(this, stored, name);

    /// <summary>Whether values that were stored as another shape can be read as this one without a loss.</summary>
    public bool CanRead(TypeShape stored) => Compare(stored, string.Empty).Count == 0;

    /// <summary>Says in a few words what it is.</summary>
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
/// <param name="Name">Its name; as it is written, where the enum is written as text.</param>
/// <param name="Number">Its number, in digits.</param>
internal readonly record struct EnumMemberShape(string Name, string Number);

/// <summary>A member of an object.</summary>
/// <param name="Name">The name in the JSON.</param>
/// <param name="Shape">Its type.</param>
/// <param name="IsOptional">Whether it may be missing where it is read: it may be null then, or has a default of its own.</param>
/// <param name="IsOmittable">Whether it may be left out where it is written.</param>
/// <param name="IsComputed">Whether it is written and never read: it comes out of the others.</param>
internal sealed record MemberShape(string Name, TypeShape Shape, bool IsOptional, bool IsOmittable, bool IsComputed);

/// <summary>A type an object may be of.</summary>
/// <param name="Id">How it is told: a text in quotes, a number, or <c>null</c>.</param>
/// <param name="Shape">The type.</param>
internal sealed record DerivedShape(string Id, TypeShape Shape);
