using System.Diagnostics;
using AntFlow.Dataflow.Checkpoints.Sqlite;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What it costs to survive: against a loop by hand that commits to the same disk, and one that reads.</summary>
internal static class Survival
{
    private const int Workers = 64;
    private const int Items = 12_800;
    private const int Singles = 200;
    private const int Finished = 1_000_000;

    public static IEnumerable<GateRow> All()
    {
        yield return GateRow.Compare(
            new RatioRow("checkpoints", "SQLite Full, group commit, 64 workers / a bare loop that commits 64 such rows a transaction", 2.5, 1.6, 2.5),
            Items,
            () => WithFileAsync(file => Task.Run(() => WriteBare(file))),
            () => WithFileAsync(file => RunAsync(file, Items, SqliteDurability.Full))) with
        { MostRounds = GateRow.FewRounds };
        yield return GateRow.Compare(
            new RatioRow("hand-on", "values passed on as read back (a record) / without a copy (a tuple of the same members), SQLite Full, 64 workers", 1.5, 1.2, 1.5),
            Items,
            () => WithFileAsync(file => HandOnAsync(file, BuildAsMade)),
            () => WithFileAsync(file => HandOnAsync(file, Build))) with
        { MostRounds = GateRow.FewRounds };
        yield return new GateRow(
            new RatioRow("checkpoint-latency", "latency that SQLite Full adds to a single item, median / median of a bare commit", 2, 1.5, 2),
            Singles,
            () => Task.CompletedTask,
            () => WithFileAsync(MeasureLatencyAsync))
        {
            MostRounds = GateRow.FewRounds,
        };
        var resume = new ResumeRow(Finished);
        yield return new GateRow(
            new RatioRow("resume", "a million finished items through StreamAsync / a bare SELECT-and-deserialize loop", 3, 2, 3), Finished, resume.PrepareAsync, resume.MeasureAsync)
        {
            MostRounds = 3,
        };
        yield return new GateRow(
            new RatioRow("resume-memory", "growth of the working set in MB during this resume", 300, 200, 300), Finished, resume.PrepareAsync, resume.MeasureMemoryAsync)
        {
            MostRounds = 1,
        };
    }

    public static Pipeline<long, Receipt> Build(ICheckpointStore store) => PipelineBuilder
        .Stage<long, Receipt>("Make", number => ValueTask.FromResult(Receipt.Of(number)), workers: Workers)
        .IdentifyBy(number => number)
        .WithCheckpoints(store, ReceiptJson.Default)
        .Build();

    /// <summary>What a stage makes of numbers and texts alone is handed on as it is: by its type it comes back as the same.</summary>
    private static Pipeline<long, (long Number, string Customer, string Text, double Amount)> BuildAsMade(ICheckpointStore store) => PipelineBuilder
        .Stage<long, (long Number, string Customer, string Text, double Amount)>("Make", number => ValueTask.FromResult(AsTuple(Receipt.Of(number))), workers: Workers)
        .IdentifyBy(number => number)
        .WithCheckpoints(store, TupleJson.Default)
        .Build();

    private static (long Number, string Customer, string Text, double Amount) AsTuple(Receipt made) => (made.Number, made.Customer, made.Text, made.Amount);

    private static async Task HandOnAsync<T>(string file, Func<ICheckpointStore, Pipeline<long, T>> build)
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(file);
        PipelineReport<T> report = await build(store).RunAsync(Enumerable.Range(0, Items).Select(x => (long)x), new RunOptions { RunId = "run", CollectResults = false });
        if (report.SucceededCount != Items)
            throw new InvalidOperationException($"{report.SucceededCount} of {Items} items have succeeded.");
    }

    public static async Task RunAsync(string file, int items, SqliteDurability durability)
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(file, new SqliteCheckpointOptions { Durability = durability });
        PipelineReport<Receipt> report = await Build(store).RunAsync(
            Enumerable.Range(0, items).Select(x => (long)x), new RunOptions { RunId = "run", CollectResults = false });
        if (report.SucceededCount != items)
            throw new InvalidOperationException($"{report.SucceededCount} of {items} items have succeeded.");
    }

    /// <summary>A file in a folder of its own on the disk of the program: temporary folders may be in memory.</summary>
    public static async Task<T> WithFileAsync<T>(Func<string, Task<T>> use)
    {
        DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "checkpoints", Guid.NewGuid().ToString("N")));
        try
        {
            return await use(Path.Combine(folder.FullName, "run.db"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task WithFileAsync(Func<string, Task> use) => WithFileAsync(async file =>
    {
        await use(file);
        return true;
    });

    private static void WriteBare(string file)
    {
        using var bare = new BareSqlite(file);
        bare.Write(Enumerable.Range(0, Items).Select(x => Receipt.Of(x)), perTransaction: Workers);
    }

    private static async Task<double> MeasureLatencyAsync(string file)
    {
        List<double> bare = [];
        List<double> ours = [];
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(file);
        using var other = new BareSqlite(file + ".bare");
        await using PipelineRun<long, Receipt> run = Build(store).Start(new RunOptions { RunId = "run" });
        await using IAsyncEnumerator<PipelineResult<Receipt>> results = run.ReadResultsAsync().GetAsyncEnumerator();
        for (int i = 0; i < Singles; i++)
        {
            bare.Add(other.TimeOne(Receipt.Of(i)));
            long begin = Stopwatch.GetTimestamp();
            await run.FeedOneAsync(i);
            await results.MoveNextAsync();
            ours.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        // What the run takes without checkpoints, some microseconds, is left in: it is in our disfavor.
        return Median(ours) / Median(bare);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
