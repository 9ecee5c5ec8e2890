using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>The lines at the end of the terminal that are written over and over. The cursor rests below them, so that whatever else is written comes after them.</summary>
internal sealed class LiveRegion(IAnsiConsole console)
{
    private IReadOnlyList<Line> _drawn = [];

    /// <summary>Writes over what was drawn last. One write: a frame is never seen half.</summary>
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
        // Not through the console, which writes nothing for those without ANSI, and in several writes.
        console.Profile.Out.Writer.Write(text.ToString());
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>Takes away what was drawn.</summary>
    public void Erase()
    {
        if (_drawn.Count > 0)
            Draw([]);
    }

    /// <summary>What was drawn stays where it is.</summary>
    public void Leave() => _drawn = [];

    private void GoToTop(AnsiWriter writer)
    {
        if (_drawn.Count == 0)
            return;
        // Lines wider than the terminal by now, because it was made narrower, take several rows.
        int width = Math.Max(1, console.Profile.Width);
        writer.CursorUp(_drawn.Sum(line => Math.Max(1, (line.Width + width - 1) / width)));
        writer.Write("\r");
    }
}
