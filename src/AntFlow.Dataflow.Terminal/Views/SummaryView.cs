namespace AntFlow.Dataflow.Terminal;

/// <summary>The summary after the end of a run: totals, rate, elapsed time, failures by type and by stage, the first failed items.</summary>
internal static class SummaryView
{
    public static IReadOnlyList<Line> Of(PipelineReport report, Room room)
    {
        PipelineSnapshot last = report.Snapshot;
        long ended = report.SucceededCount + report.FailedCount + report.CanceledCount + report.FilteredCount;
        // Canceled items do not count as work done.
        double? rate = report.Elapsed > TimeSpan.Zero ? (report.SucceededCount + report.FailedCount + report.FilteredCount) / report.Elapsed.TotalSeconds : null;
        List<Line> lines =
        [
            .. room.Wrap(
                3,
                new Cell($"Run {TextWidth.Clean(last.RunId)}: ", Tone.Title),
                $"{Say.Plural(ended, "item", "items")} in {Say.Time(report.Elapsed)}, {Say.Rate(rate)}: ",
                new Cell($"{Say.Count(report.SucceededCount)} succeeded, ", Tone.Good),
                new Cell($"{Say.Count(report.FailedCount)} failed, ", report.FailedCount > 0 ? Tone.Bad : Tone.Plain),
                new Cell($"{Say.Count(report.CanceledCount)} canceled", report.CanceledCount > 0 ? Tone.Warning : Tone.Plain),
                report.FilteredCount > 0 ? $", {Say.Count(report.FilteredCount)} filtered out" : string.Empty),
        ];
        if (report.Fault is { } fault)
            lines.Add(room.Line(new Cell($"{(report.IsEngineBroken ? "The engine broke" : "The run could not go on")}: {Say.Error(fault)}", Tone.Bad)));
        AddCounts(lines, "Failed by type", report.Errors.ByType, room);
        AddCounts(lines, "Failed by stage", report.Errors.ByStage, room);
        AddCounts(lines, "Failed by function", report.Errors.ByFunction, room);
        AddFailed(lines, report, room);
        if (report.Errors.TotalCallbacks > 0)
        {
            CallbackError error = report.Errors.Callbacks[^1];
            lines.Add(room.Line(
                new Cell($"{Say.Plural(report.Errors.TotalCallbacks, "failed callback", "failed callbacks")}", Tone.Bad),
                $", the last one in {TextWidth.Clean(error.Callback)}: {Say.Error(error.Error)}"));
        }

        return lines;
    }

    private static void AddCounts(List<Line> lines, string title, IReadOnlyDictionary<string, long> counts, Room room)
    {
        if (counts.Count > 0)
            lines.Add(room.Line(new Cell($"{title}: ", Tone.Title), string.Join(", ", counts.Select(pair => $"{TextWidth.Clean(pair.Key)} {Say.Count(pair.Value)}"))));
    }

    private static void AddFailed(List<Line> lines, PipelineReport report, Room room)
    {
        IReadOnlyList<FailedItem> firstFailed = report.Errors.FirstFailedItems;
        if (firstFailed.Count == 0)
            return;
        string which = report.FailedCount > firstFailed.Count ? $"The first {firstFailed.Count} of {Say.Count(report.FailedCount)} failed items:" : "Failed items:";
        lines.Add(room.Line(new Cell(which, Tone.Title)));
        Table table = room.Table(
            new Column("", 1),
            new Column("ITEM", 4, Most: Math.Min(24, firstFailed.Max(failed => TextWidth.Of(failed.ItemId.ToString())))),
            new Column("STAGE", 5, Most: Math.Min(24, firstFailed.Max(failed => TextWidth.Of(failed.Stage)))),
            new Column("ATTEMPTS", 8, IsRight: true, Rank: 1),
            new Column("ERROR", 40, Most: 160));
        lines.Add(table.Heading());
        lines.AddRange(firstFailed.Select(failed => table.Row(
            "", TextWidth.Clean(failed.ItemId.ToString()), TextWidth.Clean(failed.Stage), Say.Count(failed.Attempts), new Cell(failed.Function is { } function ? $"in {function}: {Say.Error(failed.Error)}" : Say.Error(failed.Error), Tone.Bad))));
    }
}
