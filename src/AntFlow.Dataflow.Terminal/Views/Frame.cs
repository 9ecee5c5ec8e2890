namespace AntFlow.Dataflow.Terminal;

/// <summary>The room a view has.</summary>
/// <param name="Width">In columns.</param>
/// <param name="Height">In lines: no view makes more.</param>
/// <param name="Glyphs">What the terminal can write.</param>
internal readonly record struct Room(int Width, int Height, Glyphs Glyphs)
{
    public Table Table(params Column[] columns) => new(columns, Width, Glyphs);

    /// <summary>Texts on as many lines as they need, but no more than so many; each goes to the next line as a whole. Blanks at the beginning of a line are left out.</summary>
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

    /// <summary>A line of texts, cut at the right edge.</summary>
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
            // What has one tone is one text: fewer codes to write.
            if (fitted.Count > 0 && fitted[^1].Tone == cell.Tone)
                fitted[^1] = new Cell(fitted[^1].Text + text, cell.Tone);
            else
                fitted.Add(cell with { Text = text });
        }

        return new Line([.. fitted]);
    }
}

/// <summary>Makes of what is known of a run what is shown of it. Pure.</summary>
internal delegate IReadOnlyList<Line> View(Watched watched, Room room);
