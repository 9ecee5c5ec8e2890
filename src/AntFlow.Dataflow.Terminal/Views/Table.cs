namespace AntFlow.Dataflow.Terminal;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Width">Its width; for the column that takes the remaining width, its minimum.</param>
/// <param name="IsRight">Whether it is aligned to the right, as numbers are.</param>
/// <param name="Rank">If there is not enough room, the columns of the highest rank are removed first; those of rank 0 stay.</param>
/// <param name="Most">If greater than <paramref name="Width"/>, the column takes the remaining width up to this limit.</param>
internal readonly record struct Column(string Title, int Width, bool IsRight = false, int Rank = 0, int Most = 0);

/// <summary>Rows of cells under a heading, fitted to a width. The width of a column does not depend on its contents, so that nothing moves while numbers change.</summary>
internal sealed class Table
{
    private readonly Column[] _columns;
    private readonly int[] _widths;
    private readonly Glyphs _glyphs;

    public Table(Column[] columns, int width, Glyphs glyphs)
    {
        _columns = columns;
        _glyphs = glyphs;
        _widths = [.. columns.Select(column => column.Width)];
        while (Total() > width && TryFindLeastNeeded(out int least))
            _widths[least] = 0;
        // Narrower than any usable terminal: the last columns are cut.
        for (int i = columns.Length - 1; i >= 0 && Total() > width; i--)
            _widths[i] = Math.Max(0, _widths[i] - (Total() - width));
        // The remaining width goes to the columns that can use it, the first one first.
        int spare = width - Total();
        for (int i = 0; i < columns.Length && spare > 0; i++)
        {
            if (_widths[i] == 0 || columns[i].Most <= _widths[i])
                continue;
            int more = Math.Min(spare, columns[i].Most - _widths[i]);
            _widths[i] += more;
            spare -= more;
        }
    }

    /// <summary>Returns the width of a column; 0 if there is no room for it.</summary>
    public int WidthOf(int column) => _widths[column];

    public Line Heading() => Row([.. _columns.Select(column => new Cell(column.Title, Tone.Title))]);

    public Line Row(params ReadOnlySpan<Cell> cells)
    {
        List<Cell> line = new(cells.Length * 2);
        for (int i = 0; i < cells.Length; i++)
        {
            if (_widths[i] == 0)
                continue;
            string text = TextWidth.Fit(cells[i].Text, _widths[i], _columns[i].IsRight, _glyphs);
            if (line.Count > 0)
                text = ' ' + text;
            line.Add(cells[i] with { Text = text });
        }

        return new Line([.. line]);
    }

    private bool TryFindLeastNeeded(out int least)
    {
        least = -1;
        for (int i = 0; i < _columns.Length; i++)
        {
            if (_widths[i] > 0 && _columns[i].Rank > 0 && (least < 0 || _columns[i].Rank >= _columns[least].Rank))
                least = i;
        }

        return least >= 0;
    }

    private int Total() => _widths.Sum() + _widths.Count(width => width > 0) - 1;
}
