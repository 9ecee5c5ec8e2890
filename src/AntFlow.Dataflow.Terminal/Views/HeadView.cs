namespace AntFlow.Dataflow.Terminal;

/// <summary>The head of every level: the progress in one line and, except for the smallest level, the state, the counts and the bottleneck.</summary>
internal static class HeadView
{
    private const int MostBar = 30;
    private const int LeastBar = 5;

    /// <summary>Returns one line: done of total, rate, remaining time, failures.</summary>
    public static IReadOnlyList<Line> Progress(Watched watched, Room room)
    {
        Cell[] numbers = Numbers(watched);
        Cell[] state = watched.State is "RUNNING" ? [] : [new Cell(watched.State + "  ", watched.StateTone)];
        // The bar takes the width that the numbers leave.
        int left = room.Width - state.Concat(numbers).Sum(cell => TextWidth.Of(cell.Text));
        return [room.Line([.. state, .. Bar(watched, room, left), .. numbers])];
    }

    /// <summary>Returns the four lines of a compact dashboard; more if the lines are short.</summary>
    public static IReadOnlyList<Line> Compact(Watched watched, Room room)
    {
        Cell[] numbers = Numbers(watched);
        int left = room.Width - numbers.Sum(cell => TextWidth.Of(cell.Text));
        return
        [
            StateLine(watched, room),
            .. left > LeastBar + 1
                ? [room.Line([.. Bar(watched, room, left), .. numbers])]
                : room.Wrap(2, [.. Bar(watched, room, MostBar), .. numbers]),
            .. Counts(watched.Now, room),
            .. BottleneckLines(watched, room),
        ];
    }

    public static Line StateLine(Watched watched, Room room) => room.Line(
        new Cell(watched.State, watched.StateTone),
        new Cell($"  run {TextWidth.Clean(watched.Now.RunId)}", Tone.Title),
        new Cell($"  elapsed {Say.WholeSeconds(watched.Now.Elapsed)}", Tone.Faint));

    /// <summary>Returns the bottleneck, after the same mark that its stage has in the table.</summary>
    private static IReadOnlyList<Line> BottleneckLines(Watched watched, Room room)
    {
        Tone tone = watched.Bottleneck.Kind is BottleneckKind.Nothing or BottleneckKind.Finished ? Tone.Faint : Tone.Warning;
        string[] words = TextWidth.Clean(watched.Bottleneck.Sentence).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string mark = watched.Bottleneck.Stage is null ? " " : "!";
        return room.Wrap(3, [.. words.Select((word, i) => new Cell(i == 0 ? $"{mark} {word}" : $" {word}", tone))]);
    }

    private static Cell[] Bar(Watched watched, Room room, int left)
    {
        // The total is unknown, so there is no share to show.
        if (Share(watched) is not { } share || left <= LeastBar)
            return [];
        return [new Cell(room.Glyphs.Bar(share, Math.Min(MostBar, left - 1)) + " ", watched.Now.Failed > 0 ? Tone.Warning : Tone.Good)];
    }

    private static Cell[] Numbers(Watched watched)
    {
        PipelineSnapshot now = watched.Now;
        Cell[] done = Share(watched) is { } share
            ? [new Cell($"{Say.Percent(share),5}  {Say.Count(watched.Ended)} of {Say.Count(now.Total!.Value)}")]
            : [new Cell($"{Say.Count(watched.Ended)} done"), new Cell($" of {Say.Count(now.Fed)} fed{(now.IsInputOpen ? " so far" : "")}", Tone.Faint)];
        return
        [
            .. done,
            new Cell($"  {Say.Rate(watched.Rate)}"),
            new Cell($"  {Say.Count(now.Failed)} failed", now.Failed == 0 ? Tone.Faint : Tone.Bad),
            new Cell($"  {Say.Remaining(watched.Remaining)}", Tone.Accent),
        ];
    }

    private static double? Share(Watched watched) => watched.Now.Total is { } total ? (total == 0 ? 1 : watched.Ended / (double)total) : null;

    private static IReadOnlyList<Line> Counts(PipelineSnapshot now, Room room)
    {
        (string Word, long Count, Tone Tone)[] counts =
        [
            ("queued", now.Queued, Tone.Plain), ("running", now.InProgress, Tone.Plain), ("overdue", now.Overdue, Tone.Warning),
            // Few runs have held items.
            .. now.Quarantined > 0 ? [("quarantined", now.Quarantined, Tone.Warning)] : Array.Empty<(string, long, Tone)>(),
            ("limited", now.Limited, Tone.Warning),
            ("retrying", now.Retrying, Tone.Warning),
            // Few runs poll or filter.
            .. now.Stages.Any(stage => stage.NextLookAt is not null || stage.PollTimes.Count > 0) ? [("polling", now.Polling, Tone.Plain)] : Array.Empty<(string, long, Tone)>(),
            ("saving", now.Saving, Tone.Plain), ("blocked", now.Blocked, Tone.Warning),
            ("succeeded", now.Succeeded, Tone.Good), ("failed", now.Failed, Tone.Bad), ("canceled", now.Canceled, Tone.Warning),
            .. now.Filtered > 0 ? [("filtered", now.Filtered, Tone.Plain)] : Array.Empty<(string, long, Tone)>(),
        ];
        // Zeros are shown if there is room, so that the counts do not appear and disappear all the time.
        bool saysZeros = counts.Sum(c => c.Word.Length + Say.Count(c.Count).Length + 3) - 2 <= room.Width;
        List<Cell> cells = [];
        foreach ((string word, long count, Tone tone) in counts)
        {
            if (count == 0 && !saysZeros && word is not ("queued" or "running" or "succeeded" or "failed"))
                continue;
            cells.Add(new Cell($"{(cells.Count == 0 ? "" : "  ")}{Say.Count(count)} {word}", count == 0 ? Tone.Faint : tone));
        }

        return room.Wrap(3, [.. cells]);
    }
}
