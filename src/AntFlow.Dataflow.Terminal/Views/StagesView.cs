namespace AntFlow.Dataflow.Terminal;

/// <summary>One row for each stage: how busy it is, what waits, what is done, and how long it takes.</summary>
internal static class StagesView
{
    private const int SparkColumn = 16;

    public static IEnumerable<Line> Of(Watched watched, Room room, int most, bool isFull)
    {
        IReadOnlyList<StageSnapshot> stages = watched.Now.Stages;
        Table table = TableOf(room, isFull, stages.Max(stage => TextWidth.Of(NameOf(stage))), stages);
        yield return table.Heading();
        (int first, int count) = Window(stages.Count, most, isFull ? watched.Selected : 0);
        for (int i = first; i < first + count; i++)
            yield return RowOf(watched, i, table, room.Glyphs, isFull);
        if (count < stages.Count)
            yield return room.Line(new Cell($"  and {Say.Plural(stages.Count - count, "more stage", "more stages")}", Tone.Faint));
    }

    private static Table TableOf(Room room, bool isFull, int longestName, IReadOnlyList<StageSnapshot> stages) => room.Table(
        new Column("", 2),
        new Column("STAGE", 8, Most: Math.Min(24, longestName)),
        new Column("LOAD", 4, Rank: 3, Most: 10),
        new Column("BUSY", 7, IsRight: true),
        new Column("QUEUE", 5, IsRight: true),
        new Column("QUAR", stages.Any(stage => stage.Quarantined > 0) ? 5 : 0, IsRight: true, Rank: 2),
        new Column("LIMIT", 5, IsRight: true, Rank: 5),
        new Column("RETRY", 5, IsRight: true, Rank: 2),
        new Column("POLL", stages.Any(stage => stage.Polling > 0 || stage.PollTimes.Count > 0) ? 5 : 0, IsRight: true, Rank: 2),
        new Column("BLOCK", 5, IsRight: true, Rank: 5),
        new Column("DONE", 5, IsRight: true),
        new Column("FILT", stages.Any(stage => stage.Filtered > 0) ? 5 : 0, IsRight: true, Rank: 2),
        new Column("FAIL", 5, IsRight: true),
        new Column("AVG", 6, IsRight: true, Rank: 1),
        new Column("P95", 6, IsRight: true, Rank: 1),
        new Column("", 6, Rank: 4),
        new Column("THROUGHPUT", isFull ? 10 : 0, IsRight: true, Rank: 4, Most: isFull ? 20 : 0));

    private static Line RowOf(Watched watched, int index, Table table, Glyphs glyphs, bool isFull)
    {
        StageSnapshot stage = watched.Now.Stages[index];
        bool isBottleneck = string.Equals(stage.Name, watched.Bottleneck.Stage, StringComparison.Ordinal);
        string mark = (isFull && watched.HasKeys && index == watched.Selected ? ">" : " ") + (isBottleneck ? "!" : " ");
        Tone name = isBottleneck ? Tone.Warning : Tone.Plain;
        double load = stage.Workers == 0 ? 0 : stage.InProgress / (double)stage.Workers;
        string spark = isFull && index < watched.Throughput.Count ? glyphs.Sparkline(watched.Throughput[index], table.WidthOf(SparkColumn)) : "";
        return table.Row(
            new Cell(mark, name),
            new Cell(NameOf(stage), name),
            new Cell(glyphs.Bar(load, table.WidthOf(2)), load >= 1 ? Tone.Warning : Tone.Good),
            $"{Say.Short(stage.InProgress)}/{Say.Short(stage.Workers)}",
            Number(stage.Queued, Tone.Plain),
            Number(stage.Quarantined, Tone.Warning),
            Number(stage.Limited, Tone.Warning),
            Number(stage.Retrying, Tone.Warning),
            Number(stage.Polling, Tone.Plain),
            Number(stage.BlockedWorkers, Tone.Warning),
            Number(stage.Completed + stage.Skipped, Tone.Good),
            Number(stage.Filtered, Tone.Plain),
            Number(stage.Failed, Tone.Bad),
            stage.AverageTime is { } average ? Say.Time(average) : "-",
            stage.P95Time is { } p95 ? Say.Time(p95) : "-",
            new Cell(stage.IsPaused ? "paused" : "", Tone.Warning),
            new Cell(spark, Tone.Accent));
    }

    // Branches are indented below their switch.
    private static string NameOf(StageSnapshot stage) => new string(' ', 2 * stage.Depth) + TextWidth.Clean(stage.Name);

    private static Cell Number(long count, Tone tone) => new(Say.Short(count), count == 0 ? Tone.Faint : tone);

    /// <summary>Returns which rows are shown if there is not enough room for all: those around the selected one.</summary>
    private static (int First, int Count) Window(int rows, int most, int selected)
    {
        // One line shows how many are missing.
        int count = rows <= most ? rows : Math.Max(1, most - 1);
        int first = Math.Clamp(selected - (count / 2), 0, rows - count);
        return (first, count);
    }
}
