using System.Globalization;
using System.Text;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Parses the texts that <see cref="TypeShapeWriter"/> writes. Pure.</summary>
internal sealed class TypeShapeParser
{
    // Deeper than any real type: a deeper text was not written by this library.
    private const int MaxDepth = 500;

    private readonly string _text;
    private readonly Dictionary<int, TypeShape> _numbered = [];
    private int _at;
    private int _depth;

    private TypeShapeParser(string text)
    {
        _text = text;
    }

    public static bool TryParse(string text, out TypeShape shape)
    {
        var parser = new TypeShapeParser(text);
        try
        {
            shape = parser.Read();
            return parser._at == text.Length;
        }
        catch (FormatException)
        {
            shape = new TypeShape(ShapeKind.Leaf, text);
            return false;
        }
    }

    private TypeShape Read()
    {
        if (++_depth > MaxDepth)
            throw new FormatException();
        TypeShape shape = ReadCore();
        while (TryTake("?"))
            shape = new TypeShape(ShapeKind.Nullable, string.Empty) { Element = shape };
        _depth--;
        return shape;
    }

    private TypeShape ReadCore()
    {
        if (_at < _text.Length && _text[_at] == '"')
            return new TypeShape(ShapeKind.Leaf, TakeQuoted());
        if (TryTake("#"))
            return _numbered.TryGetValue(TakeNumber(), out TypeShape? known) ? known : throw new FormatException();
        string word = TakeWord();
        return word switch
        {
            "converted" when TryTake(" ") => ReadConverted(),
            "enum" or "textenum" when TryTake("<") => ReadEnum(isText: string.Equals(word, "textenum", StringComparison.Ordinal)),
            "list" or "set" or "stack" when TryTake("<") => ReadList(word),
            "map" when TryTake("<") => ReadMap(),
            "object" when Peek('#') || Peek('{') => ReadObject(),
            _ => new TypeShape(ShapeKind.Leaf, word),
        };
    }

    private TypeShape ReadConverted()
    {
        string type = TakeQuoted();
        Take(" by ");
        return new TypeShape(ShapeKind.Converted, TakeQuoted()) { ConvertedType = type };
    }

    private TypeShape ReadEnum(bool isText)
    {
        string number = TakeWord();
        Take(">");
        List<EnumMemberShape> values = [];
        ReadAll(() =>
        {
            string name = TakeQuoted();
            Take("=");
            values.Add(new EnumMemberShape(name, (TryTake("-") ? "-" : string.Empty) + TakeWord()));
        });
        return new TypeShape(ShapeKind.Enum, number) { IsText = isText, Values = values };
    }

    private TypeShape ReadList(string word)
    {
        TypeShape element = Read();
        Take(">");
        return new TypeShape(ShapeKind.List, word) { Element = element };
    }

    private TypeShape ReadMap()
    {
        TypeShape key = Read();
        Take(", ");
        TypeShape element = Read();
        Take(">");
        return new TypeShape(ShapeKind.Map, "map") { Key = key, Element = element };
    }

    private TypeShape ReadObject()
    {
        var shape = new TypeShape(ShapeKind.Object, "object");
        if (TryTake("#") && !_numbered.TryAdd(TakeNumber(), shape))
            throw new FormatException();
        ReadAll(() =>
        {
            string name = TakeQuoted();
            Take(": ");
            shape.Members.Add(new MemberShape(name, Read(), TryTake(" optional"), TryTake(" omittable"), TryTake(" computed")));
        });
        if (!TryTake(" or "))
            return shape;
        shape.Discriminator = TakeQuoted();
        ReadAll(() =>
        {
            string id = Peek('"') ? TypeShapeWriter.Quote(TakeQuoted()) : (TryTake("-") ? "-" : string.Empty) + TakeWord();
            Take(": ");
            shape.Derived.Add(new DerivedShape(id, Read()));
        });
        return shape;
    }

    private void ReadAll(Action read)
    {
        Take("{");
        if (TryTake("}"))
            return;
        do
            read();
        while (TryTake(", "));
        Take("}");
    }

    private bool Peek(char what) => _at < _text.Length && _text[_at] == what;

    private bool TryTake(string what)
    {
        if (string.CompareOrdinal(_text, _at, what, 0, what.Length) != 0)
            return false;
        _at += what.Length;
        return true;
    }

    private void Take(string what)
    {
        if (!TryTake(what))
            throw new FormatException();
    }

    private string TakeWord()
    {
        int begin = _at;
        while (_at < _text.Length && char.IsAsciiLetterOrDigit(_text[_at]))
            _at++;
        return _at > begin ? _text[begin.._at] : throw new FormatException();
    }

    private int TakeNumber() => int.TryParse(TakeWord(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw new FormatException();

    private string TakeQuoted()
    {
        Take("\"");
        var text = new StringBuilder();
        while (_at < _text.Length && _text[_at] != '"')
        {
            if (_text[_at] == '\\' && ++_at == _text.Length)
                throw new FormatException();
            text.Append(_text[_at++]);
        }

        Take("\"");
        return text.ToString();
    }
}
