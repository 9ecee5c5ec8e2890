using System.Globalization;
using System.Text;
using AntFlow.Dataflow.Benchmarks.Contenders;
using AntFlow.Dataflow.Benchmarks.Docs;
using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks;

/// <summary>What happens at the locks of the stages with more threads than cores: <c>cores</c>. Keeps its table in benchmarks/results/Cores.md.</summary>
internal static class CoresCommand
{
    private const int Items = 40_000;
    private const int Rounds = 9;

    private static readonly int[] _threadsPerCore = [1, 2, 4, 8, 16];

    public static async Task<int> RunAsync()
    {
        string top = Repository.Find(AppContext.BaseDirectory);
        var work = new Workload(Items);
        var text = new StringBuilder("| threads | body | ours / raw chain | waits for a lock per 1,000 items and stages |\n|---|---|---|---|\n");
        foreach (int threads in _threadsPerCore.Select(perCore => perCore * Environment.ProcessorCount))
        {
            // So many threads are there as soon as there is work for them.
            ThreadPool.SetMinThreads(threads, Environment.ProcessorCount);
            foreach (Body body in new[] { Body.AtOnce, Body.Suspends })
                text.Append(await MeasureAsync(threads, body, work));
        }

        Directory.CreateDirectory(Repository.Results(top));
        await File.WriteAllTextAsync(Path.Combine(Repository.Results(top), "Cores.md"), text + Markdown.Footer(Measurement.Here(top)));
        Console.Write(text);
        return DocsCommand.Run();
    }

    private static async Task<string> MeasureAsync(int threads, Body body, Workload work)
    {
        Pipeline<long, long> pipeline = OurPipeline.Build(body);
        long contended = 0;
        var bracket = new Bracket(() => RawBlocks.RunAsync(work, body), async () =>
        {
            long before = Monitor.LockContentionCount;
            await OurPipeline.RunAsync(pipeline, work);
            contended += Monitor.LockContentionCount - before;
        });
        await bracket.WarmUpAsync();
        contended = 0;
        var ratios = new List<double>();
        for (int round = 0; round < Rounds; round++)
            ratios.Add(await bracket.MeasureAsync());
        ratios.Sort();
        double waits = contended * 1000.0 / Rounds / Items / Workload.Stages;
        return string.Create(CultureInfo.InvariantCulture, $"| {threads} | {(body == Body.AtOnce ? "completes at once" : "suspends once")} | {ratios[Rounds / 2]:0.00} | {waits:0.00} |\n");
    }
}
