using System.Diagnostics;
using System.Globalization;
using AntFlow.Dataflow.Benchmarks.Contenders;
using AntFlow.Dataflow.Benchmarks.Gate;
using AntFlow.Dataflow.Benchmarks.Gate.Rows;

namespace AntFlow.Dataflow.Benchmarks;

/// <summary>Runs one thing again and again, for a profiler to look at: <c>run core|core-suspends|full|full-suspends|one|graph|map|raw [SECONDS]</c>. Prints how much time of the processor an item took in a
/// stage.</summary>
internal static class RunCommand
{
    private const int Items = 40_000;

    public static async Task<int> RunAsync(string what, string? seconds)
    {
        var work = new Workload(Items);
        Pipeline<long, long> atOnce = OurPipeline.Build(Body.AtOnce);
        Pipeline<long, long> suspends = OurPipeline.Build(Body.Suspends);
        Pipeline<long, long> single = OurPipeline.Build(Body.Suspends, stages: 1);
        Func<Task> run = what switch
        {
            "core" => () => OurPipeline.RunAsync(atOnce, work),
            "core-suspends" => () => OurPipeline.RunAsync(suspends, work),
            "full" => () => OurPipeline.RunTrackedAsync(atOnce, work),
            "full-suspends" => () => OurPipeline.RunTrackedAsync(suspends, work),
            "one" => () => OurPipeline.RunAsync(single, work),
            "graph" => () => OurPipeline.LinkAsync(atOnce, work),
            "map" => () => Executor.MapAsync(work),
            "raw" => () => RawBlocks.RunAsync(work, Body.AtOnce),
            _ => throw new ArgumentException($"There is nothing '{what}' to run; there are core, core-suspends, full, full-suspends, one, graph, map and raw."),
        };
        TimeSpan time = TimeSpan.FromSeconds(double.Parse(seconds ?? "10", CultureInfo.InvariantCulture));
        await Bracket.WarmUpAsync(run);
        long begin = Stopwatch.GetTimestamp();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long items = 0;
        do
        {
            await run();
            items += Items;
        }
        while (Stopwatch.GetElapsedTime(begin) < time);
        double nanoseconds = (Environment.CpuUsage.TotalTime - used).TotalNanoseconds / items / Workload.Stages;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Nanoseconds of the processor per item and stage: {nanoseconds:0}"));
        return 0;
    }
}
