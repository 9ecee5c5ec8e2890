namespace AntFlow.Dataflow.Terminal;

/// <summary>The meaning of a text, which determines its color. A word or a mark always shows the same meaning.</summary>
internal enum Tone
{
    Plain,
    Title,
    Good,
    Bad,
    Warning,
    Accent,
    Faint,
}

/// <summary>A text with one meaning, without control characters.</summary>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>One line of the display.</summary>
internal sealed class Line : IEquatable<Line>
{
    private readonly Cell[] _cells;

    public Line(params Cell[] cells) => _cells = cells;

    public static Line Empty { get; } = new();

    public IReadOnlyList<Cell> Cells => _cells;

    public int Width => _cells.Sum(cell => TextWidth.Of(cell.Text));

    public bool Equals(Line? other) => other is not null && _cells.AsSpan().SequenceEqual(other._cells);

    public override bool Equals(object? obj) => Equals(obj as Line);

    public override int GetHashCode() => _cells.Length == 0 ? 0 : HashCode.Combine(_cells.Length, _cells[0]);

    public override string ToString() => string.Concat(_cells.Select(cell => cell.Text)).TrimEnd();
}
