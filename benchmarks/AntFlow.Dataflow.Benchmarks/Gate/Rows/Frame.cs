using System.Diagnostics;
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
            () => WithBusyWorkersAsync(run => BracketOf(run).WarmUpAsync()),
            () => WithBusyWorkersAsync(run => BracketOf(run).MeasureAsync()));
        // The time itself, too: a table as slow as the dashboard would hide that both keep a terminal waiting. The limit is many times what a slow machine takes, so that noise decides nothing.
        yield return new GateRow(
            new RatioRow("frame-ms", "milliseconds of such a frame, the median of 40", 2.5, 1, 5),
            Frames,
            () => WithBusyWorkersAsync(run => Bracket.WarmUpAsync(() => Repeat(() => DrawDashboard(run)))),
            () => WithBusyWorkersAsync(run => Task.FromResult(MedianMilliseconds(() => DrawDashboard(run)))));
    }

    private static Task WithBusyWorkersAsync(Func<PipelineRun<int, int>, Task> lookAsync) =>
        WithBusyWorkersAsync(async run =>
        {
            await lookAsync(run);
            return 0;
        });

    private static async Task<double> WithBusyWorkersAsync(Func<PipelineRun<int, int>, Task<double>> lookAsync)
    {
        var allBusy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int busy = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("Fetch", async (int x, StageContext context) =>
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
        double measured = await lookAsync(run);
        open.SetResult();
        run.Complete();
        await run.Completion;
        return measured;
    }

    private static Bracket BracketOf(PipelineRun<int, int> run) => Bracket.OfRuns(() => Repeat(DrawTable), () => Repeat(() => DrawDashboard(run)));

    private static double MedianMilliseconds(Action draw)
    {
        var frames = new double[Frames];
        for (int frame = 0; frame < Frames; frame++)
        {
            long begin = Stopwatch.GetTimestamp();
            draw();
            frames[frame] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }

        Array.Sort(frames);
        return (frames[(Frames / 2) - 1] + frames[Frames / 2]) / 2;
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
