using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AntFlow.Dataflow.Benchmarks.Contenders;
using AntFlow.Dataflow.Benchmarks.Docs;
using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks;

/// <summary>What happens at the locks of the stages with more threads than cores: <c>cores</c>. Keeps its table in benchmarks/results/Cores.md.</summary>
internal static class CoresCommand
{
    private const int Items = 40_000;
    private const int Rounds = 9;

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };
    // By its name: the benchmarks see what users see, and a counter of locks is nothing for them.
    private static readonly Func<long> _longWaits =
        typeof(Pipeline).Assembly.GetType("AntFlow.Dataflow.ShortLock", throwOnError: true)!.GetProperty("LongWaits")!.GetMethod!.CreateDelegate<Func<long>>();

    private static readonly int[] _threadsPerCore = [1, 2, 4, 8, 16];

    public static async Task<int> RunAsync()
    {
        string top = Repository.Find(AppContext.BaseDirectory);
        var work = new Workload(Items);
        // Thrown away: code that has just been compiled is not the code that is asked about.
        foreach (Body body in new[] { Body.AtOnce, Body.Suspends, Body.AtOnce })
            await MeasureAsync(Environment.ProcessorCount, body, work);
        List<Reading> readings = [];
        foreach (int threads in _threadsPerCore.Select(perCore => perCore * Environment.ProcessorCount))
        {
            // So many threads are there as soon as there is work for them.
            ThreadPool.SetMinThreads(threads, Environment.ProcessorCount);
            foreach (Body body in new[] { Body.AtOnce, Body.Suspends })
                readings.Add(await MeasureAsync(threads, body, work));
        }

        var measured = Measurement.Here(top);
        string results = Repository.Results(top);
        Directory.CreateDirectory(results);
        await File.WriteAllTextAsync(Path.Combine(results, "Cores.json"), JsonSerializer.Serialize(new { Measured = measured, Readings = readings }, _json) + "\n");
        string table = Table(readings) + Markdown.Footer(measured);
        await File.WriteAllTextAsync(Path.Combine(results, "Cores.md"), table);
        Console.Write(table);
        return DocsCommand.Run();
    }

    private static string Table(List<Reading> readings)
    {
        var text = new StringBuilder("| threads | body | ours / raw chain | waits for a lock that gave up the core, per 1,000 items and stages |\n|---|---|---|---|\n");
        foreach (Reading reading in readings)
        {
            string body = reading.Body == Body.AtOnce ? "completes at once" : "suspends once";
            text.Append(CultureInfo.InvariantCulture, $"| {reading.Threads} | {body} | {reading.Ratios[Rounds / 2]:0.00} | {reading.LockWaits:0.00} |\n");
        }

        return text.ToString();
    }

    private static async Task<Reading> MeasureAsync(int threads, Body body, Workload work)
    {
        Pipeline<long, long> pipeline = OurPipeline.Build(body);
        long contended = 0;
        var bracket = Bracket.OfRuns(() => RawBlocks.RunAsync(work, body), async () =>
        {
            long before = _longWaits();
            await OurPipeline.RunAsync(pipeline, work);
            contended += _longWaits() - before;
        });
        await bracket.WarmUpAsync();
        contended = 0;
        var ratios = new List<double>();
        for (int round = 0; round < Rounds; round++)
            ratios.Add(await bracket.MeasureAsync());
        ratios.Sort();
        return new Reading(threads, body, ratios, contended * 1000.0 / Rounds / Items / Workload.Stages);
    }

    /// <summary>What was measured with so many threads: the ratios of all rounds in order, and how often a thread gave up its core while it waited for a lock, per 1,000 items and stages.</summary>
    private sealed record Reading(int Threads, Body Body, List<double> Ratios, double LockWaits);
}
