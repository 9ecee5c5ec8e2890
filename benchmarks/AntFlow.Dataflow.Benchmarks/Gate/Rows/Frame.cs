using AntFlow.Dataflow.Terminal;
using Spectre.Console;
using Spectre.Console.Testing;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What drawing the largest dashboard costs.</summary>
internal static class Frame
{
    private const int Workers = 50;
    private const int Frames = 40;

    public static IEnumerable<GateRow> All()
    {
        yield return new GateRow(
            new RatioRow("frame", "a frame of the Full dashboard at 50 busy workers / a flat Spectre.Console table of 50 rows", 1, 0.5, 2.5),
            Frames,
            () => WithBusyWorkersAsync(async bracket =>
            {
                await bracket.WarmUpAsync();
                return 0;
            }),
            () => WithBusyWorkersAsync(bracket => bracket.MeasureAsync()));
    }

    private static async Task<double> WithBusyWorkersAsync(Func<Bracket, Task<double>> measureAsync)
    {
        var allBusy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int busy = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("Fetch", async (int x, StageContext context) =>
        {
            context.SetStatus("part 1 of 3");
            if (Interlocked.Increment(ref busy) == Workers)
                allBusy.SetResult();
            await open.Task;
            return x;
        }, Workers).Then("Store", x => x).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, Workers));
        await allBusy.Task;
        double measured = await measureAsync(new Bracket(() => Repeat(DrawTable), () => Repeat(() => DrawDashboard(run))));
        open.SetResult();
        run.Complete();
        await run.Completion;
        return measured;
    }

    private static Task Repeat(Action draw)
    {
        for (int frame = 0; frame < Frames; frame++)
            draw();
        return Task.CompletedTask;
    }

    /// <summary>All a display does about a frame: take a snapshot, look through it, make lines of it and write them.</summary>
    private static void DrawDashboard(PipelineRun<int, int> run)
    {
        using TestConsole console = NewConsole();
        Watched watched = new RunWatch(hasKeys: true).Add(run.GetSnapshot());
        IReadOnlyList<Line> lines = DashboardView.Full(watched, new Room(159, 79, Glyphs.Unicode));
        new LiveRegion(console).Draw(lines);
        if (lines.Count < Workers)
            throw new InvalidOperationException($"The frame has {lines.Count} lines; it must show {Workers} workers.");
    }

    private static void DrawTable()
    {
        using TestConsole console = NewConsole();
        var table = new Spectre.Console.Table();
        table.AddColumns("WORKER", "ITEM", "TASK", "SINCE", "STATUS");
        for (int row = 0; row < Workers; row++)
            table.AddRow($"Fetch-W{row}", $"#{row}", "fetch", "3s", "part 1 of 3");
        console.Write(table);
        if (console.Output.Length < Workers)
            throw new InvalidOperationException("Nothing was drawn.");
    }

    private static TestConsole NewConsole()
    {
        TestConsole console = new TestConsole().EmitAnsiSequences();
        console.Profile.Width = 160;
        console.Profile.Height = 80;
        return console;
    }
}
