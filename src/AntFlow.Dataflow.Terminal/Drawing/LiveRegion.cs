using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>The lines at the end of the terminal that are redrawn. The cursor stays below them, so that any other output comes after them.</summary>
internal sealed class LiveRegion(IAnsiConsole console)
{
    private IReadOnlyList<Line> _drawn = [];

    /// <summary>Draws over the last frame. It makes one write, so that a partial frame is never visible.</summary>
    public void Draw(IReadOnlyList<Line> lines)
    {
        using var text = new StringWriter();
        var writer = new AnsiWriter(text, console.Profile.Capabilities);
        GoToTop(writer);
        foreach (Line line in lines)
        {
            foreach (Cell cell in line.Cells)
                writer.Write(cell.Text, Tones.StyleOf(cell.Tone));
            writer.EraseInLine(0);
            writer.Write("\n");
        }

        writer.EraseInDisplay(0);
        _drawn = lines;
        // Not through the console, which writes nothing if there is no ANSI support, and uses several writes.
        console.Profile.Out.Writer.Write(text.ToString());
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>Erases the last frame.</summary>
    public void Erase()
    {
        if (_drawn.Count > 0)
            Draw([]);
    }

    /// <summary>Leaves the last frame where it is.</summary>
    public void Leave() => _drawn = [];

    private void GoToTop(AnsiWriter writer)
    {
        if (_drawn.Count == 0)
            return;
        // If the terminal was made narrower meanwhile, wider lines take several rows.
        int width = Math.Max(1, console.Profile.Width);
        writer.CursorUp(_drawn.Sum(line => Math.Max(1, (line.Width + width - 1) / width)));
        writer.Write("\r");
    }
}
