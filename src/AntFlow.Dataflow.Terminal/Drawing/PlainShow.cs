using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>A run as plain lines, for files, pipes and terminals that cannot redraw: no control codes, no colors.</summary>
internal sealed class PlainShow(IAnsiConsole console, IPipelineRun run, TimeProvider time) : IShow
{
    // Files have no right edge, but longer lines are not readable.
    private const int Width = 200;

    private readonly RunWatch _watch = new(hasKeys: false, time.LocalTimeZone);
    private readonly LinePace _pace = new();

    public void Start() => Update(run.GetSnapshot());

    public void Update(PipelineSnapshot snapshot)
    {
        Watched watched = _watch.Add(snapshot);
        string text = PlainView.Of(watched);
        if (_pace.TryBegin(watched.State, text, snapshot.Elapsed))
            Write($"{Say.WholeSeconds(snapshot.Elapsed)} {text}");
    }

    public void Finish(PipelineReport report)
    {
        foreach (Line line in SummaryView.Of(report, new Room(Width, int.MaxValue, Glyphs.Of(console.Profile.Capabilities.Unicode))))
            Write(line.ToString());
    }

    // Not through the console: it wraps at 80 columns, and removes what it takes for control codes.
    private void Write(string text)
    {
        console.Profile.Out.Writer.WriteLine(text);
        console.Profile.Out.Writer.Flush();
    }
}
