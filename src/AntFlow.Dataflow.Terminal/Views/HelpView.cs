namespace AntFlow.Dataflow.Terminal;

/// <summary>The help page: the keys and the columns.</summary>
internal static class HelpView
{
    public static Line KeysLine(Watched watched, Room room)
    {
        if (!watched.HasKeys)
            return room.Line(new Cell("No keys: the input is redirected.", Tone.Faint));
        string keys = watched.Now.IsPaused ? "p resume" : "p pause";
        keys += $"  {room.Glyphs.Arrows} stage  +/- workers  q {(watched.Now.Phase == RunPhase.Running ? "stop" : "cancel")}  ? help";
        return watched.Notice is { } notice
            ? room.Line(new Cell(keys, Tone.Faint), new Cell("   " + notice, Tone.Accent))
            : room.Line(new Cell(keys, Tone.Faint));
    }

    public static IEnumerable<Line> Of(Watched watched, Room room)
    {
        yield return HeadView.StateLine(watched, room);
        yield return room.Line(new Cell("KEYS", Tone.Title));
        Table table = room.Table(new Column("", 2), new Column("", 8), new Column("", 20, Most: 100));
        yield return table.Row("", "p", "pause or resume: running items continue");
        yield return table.Row("", room.Glyphs.Arrows, "select a stage");
        yield return table.Row("", "+  -", "one worker more or less for the selected stage");
        yield return table.Row("", "q", "stop gently: running items finish their stage");
        yield return table.Row("", "q q", "cancel: running items get a canceled token");
        yield return table.Row("", "?", "show or hide this page");
        yield return room.Line(new Cell("MARKS", Tone.Title));
        yield return table.Row("", ">", "the selected stage, whose workers are shown");
        yield return table.Row("", "!", "the stage that limits the run");
        yield return room.Line(new Cell("COLUMNS", Tone.Title));
        yield return table.Row("", "BUSY", "items in progress of workers");
        yield return table.Row("", "QUAR", "quarantined: suspects of a crash that wait for their turn");
        yield return table.Row("", "LIMIT", "items that wait for a permit of their task");
        yield return table.Row("", "RETRY", "items that wait for their next attempt");
        yield return table.Row("", "BLOCK", "workers that wait for the next stage");
        yield return table.Row("", "AVG P95", "how long the tasks take for an item");
    }
}
