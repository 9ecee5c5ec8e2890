namespace AntFlow.Dataflow.Terminal;

/// <summary>The most relevant items: running longest, waiting for their next attempt, failed last; and the last errors by kind.</summary>
internal static class ItemsView
{
    public const int MostOfAKind = 3;

    public static IEnumerable<Line> Items(PipelineSnapshot now, Room room)
    {
        Table table = room.Table(
            new Column("", 2),
            new Column("ITEM", 8, Most: room.Width < 100 ? 10 : 20),
            new Column("STAGE", 8, Most: Math.Min(16, now.Stages.Max(stage => TextWidth.Of(stage.Name)))),
            new Column("NOW", 16),
            new Column("WHY", 12, Most: 120));
        List<Line> lines = [table.Heading()];
        lines.AddRange(now.Workers
            .Where(worker => worker is { IsBusy: true, ItemId: not null, Since: not null })
            .OrderBy(worker => worker.Since)
            .Take(MostOfAKind)
            .Select(worker => table.Row(
                "",
                Id(worker.ItemId!.Value),
                TextWidth.Clean(worker.Stage),
                $"running {Say.WholeSeconds(now.Timestamp - worker.Since!.Value)}",
                TextWidth.Clean(worker.TaskStatus ?? worker.Task ?? ""))));
        lines.AddRange(now.Stages
            .SelectMany(stage => stage.NextAttempts.Select(item => (Stage: stage, Item: item)))
            .OrderBy(waiting => waiting.Item.DueAt)
            .Take(MostOfAKind)
            .Select(waiting => table.Row(
                "",
                Id(waiting.Item.ItemId),
                TextWidth.Clean(waiting.Stage.Name),
                new Cell($"{(waiting.Item.IsThrottled ? "throttled" : "retry")} in {Say.WholeSeconds(waiting.Item.DueAt - now.Timestamp)}", Tone.Warning),
                new Cell($"attempt {waiting.Item.Attempt} next{(waiting.Item.Error is { } error ? $"; {Say.Error(error)}" : "")}", Tone.Faint))));
        lines.AddRange(now.Errors.FailedItems
            .TakeLast(MostOfAKind)
            .Reverse()
            .Select(failed => table.Row(
                "",
                Id(failed.ItemId),
                TextWidth.Clean(failed.Stage),
                new Cell($"failed {Say.WholeSeconds(now.Timestamp - failed.Timestamp)} ago", Tone.Bad),
                new Cell($"{(failed.Function is { } function ? $"in {function}" : $"after {Say.Plural(failed.Attempts, "attempt", "attempts")}")}; {Say.Error(failed.Error)}", Tone.Faint))));
        return lines.Count == 1 ? [] : lines;
    }

    public static IEnumerable<Line> Errors(ErrorSummary errors, Room room)
    {
        if (errors.TotalFailed == 0 && errors.TotalCallbacks == 0)
            return [];
        Table table = room.Table(new Column("", 2), new Column("ERRORS", 6, IsRight: true), new Column("OF", 10, Most: room.Width < 100 ? 18 : 32), new Column("THE LAST ONE", 20, Most: 160));
        List<Line> lines = [table.Heading()];
        // The latest error comes first.
        lines.AddRange(errors.FailedItems
            .Reverse()
            .DistinctBy(failed => failed.ErrorType, StringComparer.Ordinal)
            .Take(MostOfAKind)
            .Select(failed => table.Row(
                "",
                new Cell(Say.Short(errors.ByType.GetValueOrDefault(failed.ErrorType)), Tone.Bad),
                TextWidth.Clean(failed.ErrorType),
                TextWidth.Clean($"{failed.ItemId} in {(failed.Function is { } function ? $"{function} of " : "")}{failed.Stage}: {Say.Message(failed.Error)}"))));
        if (errors.Callbacks.Count > 0)
        {
            CallbackError last = errors.Callbacks[^1];
            lines.Add(table.Row("", new Cell(Say.Short(errors.TotalCallbacks), Tone.Bad), "callbacks", TextWidth.Clean($"{last.Callback}: {Say.Error(last.Error)}")));
        }

        return lines;
    }

    private static string Id(ItemId id) => TextWidth.Clean(id.ToString());
}
