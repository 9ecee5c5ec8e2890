namespace AntFlow.Dataflow.Terminal;

/// <summary>The room a view has.</summary>
/// <param name="Width">In columns.</param>
/// <param name="Height">In lines: no view returns more.</param>
/// <param name="Glyphs">The signs the terminal can write.</param>
internal readonly record struct Room(int Width, int Height, Glyphs Glyphs)
{
    public Table Table(params Column[] columns) => new(columns, Width, Glyphs);

    /// <summary>Wraps texts onto as many lines as they need, up to a limit; each text stays on one line. Blanks at the beginning of a line are removed.</summary>
    public IReadOnlyList<Line> Wrap(int most, params ReadOnlySpan<Cell> cells)
    {
        List<Line> lines = [];
        List<Cell> line = [];
        int used = 0;
        foreach (Cell cell in cells)
        {
            int width = TextWidth.Of(cell.Text);
            if (used > 0 && used + width > Width && lines.Count < most - 1)
            {
                lines.Add(Line([.. line]));
                line.Clear();
                used = 0;
            }

            Cell next = used == 0 && lines.Count > 0 ? cell with { Text = cell.Text.TrimStart() } : cell;
            used += TextWidth.Of(next.Text);
            line.Add(next);
        }

        lines.Add(Line([.. line]));
        return lines;
    }

    /// <summary>Returns a line of texts, cut at the right edge.</summary>
    public Line Line(params ReadOnlySpan<Cell> cells)
    {
        List<Cell> fitted = new(cells.Length);
        int left = Width;
        foreach (Cell cell in cells)
        {
            string text = TextWidth.Cut(cell.Text, left, Glyphs);
            left -= TextWidth.Of(text);
            if (text.Length == 0)
                continue;
            // Adjacent texts of one tone are joined: fewer control codes to write.
            if (fitted.Count > 0 && fitted[^1].Tone == cell.Tone)
                fitted[^1] = new Cell(fitted[^1].Text + text, cell.Tone);
            else
                fitted.Add(cell with { Text = text });
        }

        return new Line([.. fitted]);
    }
}

/// <summary>Converts the known state of a run to the lines that are shown. Pure.</summary>
internal delegate IReadOnlyList<Line> View(Watched watched, Room room);
