using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Versions.Rows;

/// <summary>What two versions of the library are compared by. Compiled once against each of them.</summary>
public static class VersionRows
{
    private const int Items = 60_000;
    private const int ManyThreads = 16;

    /// <summary>The workloads by name. Each checks the sum of its results.</summary>
    public static IReadOnlyDictionary<string, Func<Task>> All()
    {
        var work = new Workload(Items);
        Pipeline<long, long> atOnce = OurPipeline.Build(Body.AtOnce);
        Pipeline<long, long> suspends = OurPipeline.Build(Body.Suspends);
        Pipeline<long, long> single = OurPipeline.Build(Body.Suspends, stages: 1);
        Pipeline<long, long> sync = OurPipeline.Build(Body.Sync);
        return new Dictionary<string, Func<Task>>
        {
            ["core"] = () => OurPipeline.RunAsync(atOnce, work),
            ["core-suspends"] = () => OurPipeline.RunAsync(suspends, work),
            ["full"] = () => OurPipeline.RunTrackedAsync(atOnce, work),
            ["sync"] = () => OurPipeline.RunAsync(sync, work),
            ["async-processor"] = () => OurPipeline.RunAsync(single, work),
            ["map"] = () => MapAsync(work),
            ["graph"] = () => OurPipeline.LinkAsync(atOnce, work),
            ["cores"] = () => WithManyThreadsAsync(() => OurPipeline.RunAsync(atOnce, work)),
        };
    }

    private static async Task MapAsync(Workload work)
    {
        await using var executor = new AsyncExecutor(Workload.Workers);
        IReadOnlyList<long> results = await executor.MapAsync(work.Values, Bodies.AddLaterAsync);
        work.Check(results.Sum(), stages: 1);
    }

    private static async Task WithManyThreadsAsync(Func<Task> run)
    {
        ThreadPool.GetMinThreads(out int threads, out int ports);
        ThreadPool.SetMinThreads(ManyThreads, ports);
        try
        {
            await run();
        }
        finally
        {
            ThreadPool.SetMinThreads(threads, ports);
        }
    }
}
