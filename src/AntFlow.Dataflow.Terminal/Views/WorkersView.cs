namespace AntFlow.Dataflow.Terminal;

/// <summary>One row for each worker: its item, its task, and since when. If there are too many, the most relevant ones are shown and the others counted.</summary>
internal static class WorkersView
{
    /// <summary>The greatest number of rows that is useful to a reader, however high the terminal is.</summary>
    public const int MostRows = 50;

    public static IEnumerable<Line> Of(Watched watched, Room room, int most, string? stage = null)
    {
        if (most < 2)
            yield break;
        WorkerSnapshot[] workers = [.. watched.Now.Workers.Where(worker => stage is null || string.Equals(worker.Stage, stage, StringComparison.Ordinal))];
        if (workers.Length == 0)
            yield break;
        int rows = Math.Min(MostRows, most - 1);
        bool isCut = workers.Length > rows;
        Table table = room.Table(
            new Column("", 2),
            new Column("WORKER", 10, Most: Math.Min(24, workers.Max(worker => TextWidth.Of(worker.Name)))),
            new Column("ITEM", 8, Most: room.Width < 100 ? 10 : 20),
            new Column("TASK", 8, Most: 16),
            new Column("SINCE", 6, IsRight: true),
            new Column("STATUS", 8, Most: 80));
        yield return table.Heading();
        foreach (WorkerSnapshot worker in isCut ? Chosen(workers, rows - 1) : workers)
            yield return RowOf(worker, watched.Now, table);
        if (isCut)
        {
            int left = workers.Length - (rows - 1);
            int busy = workers.Count(worker => worker.IsBusy);
            int waiting = workers.Count(worker => worker.IsWaitingForRoom);
            string held = waiting == 0 ? "" : $", {Say.Count(waiting)} waiting for room";
            yield return room.Line(new Cell($"   and {Say.Count(left)} more ({Say.Count(busy)} of {Say.Plural(workers.Length, "worker", "workers")} busy{held})", Tone.Faint));
        }
    }

    /// <summary>Returns the workers that have been busy longest, then those that wait for room, then idle ones. In the order of the workers, so that rows keep their place.</summary>
    private static IEnumerable<WorkerSnapshot> Chosen(WorkerSnapshot[] workers, int count) =>
        workers.Index()
            .OrderByDescending(worker => worker.Item.IsBusy)
            .ThenByDescending(worker => worker.Item.IsWaitingForRoom)
            .ThenBy(worker => worker.Item.IsBusy ? worker.Item.Since : null)
            .ThenBy(worker => worker.Index)
            .Take(count)
            .OrderBy(worker => worker.Index)
            .Select(worker => worker.Item);

    private static Line RowOf(WorkerSnapshot worker, PipelineSnapshot now, Table table)
    {
        string since = worker.Since is { } at ? Say.WholeSeconds(now.Timestamp - at) : "-";
        Tone tone = worker.IsBusy ? Tone.Plain : Tone.Faint;
        return table.Row(
            "",
            new Cell(TextWidth.Clean(worker.Name), tone),
            new Cell(worker.ItemId is { } id ? TextWidth.Clean(id.ToString()) : "-", tone),
            worker.IsWaitingForRoom ? new Cell("waits for room", Tone.Warning) : new Cell(worker.IsBusy ? TextWidth.Clean(worker.Task ?? "busy") : "idle", tone),
            new Cell(since, tone),
            new Cell(TextWidth.Clean(worker.TaskStatus ?? ""), Tone.Accent));
    }
}
