using System.Text;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Writes a shape as text, such as <c>object{"Name": String, "Note": String? optional}</c>. Pure.</summary>
internal sealed class TypeShapeWriter
{
    private readonly StringBuilder _text = new();

    // The numbers of objects that occur more than once.
    private readonly Dictionary<TypeShape, int> _numbers = [];
    private readonly HashSet<TypeShape> _written = [];

    private TypeShapeWriter()
    {
    }

    public static string Write(TypeShape shape)
    {
        var writer = new TypeShapeWriter();
        writer.Number(shape, []);
        writer.Add(shape);
        return writer._text.ToString();
    }

    private void Number(TypeShape shape, HashSet<TypeShape> met)
    {
        if (shape.Kind == ShapeKind.Object && !met.Add(shape))
        {
            _numbers.TryAdd(shape, _numbers.Count + 1);
            return;
        }

        foreach (TypeShape part in PartsOf(shape))
            Number(part, met);
    }

    private static IEnumerable<TypeShape> PartsOf(TypeShape shape)
    {
        if (shape.Key is not null)
            yield return shape.Key;
        if (shape.Element is not null)
            yield return shape.Element;
        foreach (MemberShape member in shape.Members)
            yield return member.Shape;
        foreach (DerivedShape derived in shape.Derived)
            yield return derived.Shape;
    }

    private void Add(TypeShape shape)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Leaf:
                AddName(shape.Name);
                break;
            case ShapeKind.Converted:
                _text.Append("converted ");
                AddQuoted(shape.ConvertedType!);
                _text.Append(" by ");
                AddQuoted(shape.Name);
                break;
            case ShapeKind.Enum:
                AddEnum(shape);
                break;
            case ShapeKind.Nullable:
                Add(shape.Element!);
                _text.Append('?');
                break;
            case ShapeKind.List:
                _text.Append(shape.Name).Append('<');
                Add(shape.Element!);
                _text.Append('>');
                break;
            case ShapeKind.Map:
                _text.Append("map<");
                Add(shape.Key!);
                _text.Append(", ");
                Add(shape.Element!);
                _text.Append('>');
                break;
            default:
                AddObject(shape);
                break;
        }
    }

    private void AddEnum(TypeShape shape)
    {
        _text.Append(shape.IsText ? "textenum<" : "enum<").Append(shape.Name).Append(">{");
        AddAll(shape.Values, value =>
        {
            AddQuoted(value.Name);
            _text.Append('=').Append(value.Number);
        });
        _text.Append('}');
    }

    private void AddObject(TypeShape shape)
    {
        bool isNumbered = _numbers.TryGetValue(shape, out int number);
        if (isNumbered && !_written.Add(shape))
        {
            AddNumber(number);
            return;
        }

        _text.Append("object");
        if (isNumbered)
            AddNumber(number);
        _text.Append('{');
        AddAll(shape.Members, member =>
        {
            AddQuoted(member.Name);
            _text.Append(": ");
            Add(member.Shape);
            _text.Append(member.IsOptional ? " optional" : string.Empty).Append(member.IsOmittable ? " omittable" : string.Empty).Append(member.IsComputed ? " computed" : string.Empty);
        });
        _text.Append('}');
        if (shape.Discriminator is not { } discriminator)
            return;
        _text.Append(" or ");
        AddQuoted(discriminator);
        _text.Append('{');
        AddAll(shape.Derived, derived =>
        {
            _text.Append(derived.Id).Append(": ");
            Add(derived.Shape);
        });
        _text.Append('}');
    }

    private void AddAll<T>(IReadOnlyList<T> all, Action<T> add)
    {
        for (int i = 0; i < all.Count; i++)
        {
            if (i > 0)
                _text.Append(", ");
            add(all[i]);
        }
    }

    private void AddNumber(int number) => _text.Append('#').Append(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private void AddName(string name)
    {
        if (name.All(char.IsAsciiLetterOrDigit))
            _text.Append(name);
        else
            AddQuoted(name);
    }

    private void AddQuoted(string text) => _text.Append(Quote(text));

    public static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
