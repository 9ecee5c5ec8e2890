namespace AntFlow.Dataflow.Terminal;

/// <summary>The two large levels: tables below each other, with as many rows as there is room for.</summary>
internal static class DashboardView
{
    public static IReadOnlyList<Line> Detailed(Watched watched, Room room)
    {
        List<Line> lines = [.. HeadView.Compact(watched, room)];
        if (watched.Now.Stages.Count == 0)
            return Cut(lines, room);
        lines.AddRange(StagesView.Of(watched, room, StageRows(room, lines.Count), isFull: false));
        lines.AddRange(WorkersView.Of(watched, room, room.Height - lines.Count));
        return Cut(lines, room);
    }

    public static IReadOnlyList<Line> Full(Watched watched, Room room)
    {
        if (watched.ShowsHelp)
            return Cut([.. HelpView.Of(watched, room)], room);
        List<Line> lines = [.. HeadView.Compact(watched, room)];
        if (watched.Now.Stages.Count == 0)
            // The engine has failed, and its stages are unknown.
            return Cut(lines, room);
        lines.AddRange(StagesView.Of(watched, room, StageRows(room, lines.Count), isFull: true));
        Line[] items = [.. ItemsView.Items(watched.Now, room)];
        Line[] errors = [.. ItemsView.Errors(watched.Now.Errors, room)];
        // The last line shows the keys; workers keep a few rows, and items and errors get the rest.
        int left = room.Height - lines.Count - 1;
        int forWorkers = Math.Max(Math.Min(6, left), left - items.Length - errors.Length);
        string? stage = watched.HasKeys && watched.Selected < watched.Now.Stages.Count ? watched.Now.Stages[watched.Selected].Name : null;
        lines.AddRange(WorkersView.Of(watched, room, forWorkers, stage));
        AddIfRoom(lines, items, room.Height - 1);
        AddIfRoom(lines, errors, room.Height - 1);
        List<Line> cut = [.. lines.Take(room.Height - 1)];
        cut.Add(HelpView.KeysLine(watched, room));
        return cut;
    }

    // A heading without rows is useless.
    private static void AddIfRoom(List<Line> lines, Line[] more, int height)
    {
        int room = height - lines.Count;
        if (room >= 2)
            lines.AddRange(more.Take(room));
    }

    private static int StageRows(Room room, int used) => Math.Max(1, ((room.Height - used) / 2) - 1);

    private static IReadOnlyList<Line> Cut(List<Line> lines, Room room) => lines.Count <= room.Height ? lines : lines.GetRange(0, room.Height);
}
