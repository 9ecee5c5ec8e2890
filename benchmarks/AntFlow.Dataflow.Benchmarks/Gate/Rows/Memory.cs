using System.Runtime;
using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What an item allocates, and what stays.</summary>
internal static class Memory
{
    private const int Items = 100_000;
    private const int StreamedItems = 5_000_000;
    private const int SettledAfter = 500_000;
    private const int Hops = Items * Workload.Stages;

    public static IEnumerable<GateRow> All()
    {
        var work = new Workload(Items);
        Pipeline<long, long> pipeline = OurPipeline.Build(Body.AtOnce);
        Task Core() => OurPipeline.RunAsync(pipeline, work);
        Task Full() => OurPipeline.RunTrackedAsync(pipeline, work);

        yield return new GateRow(
            new RatioRow("bytes", "bytes per item and stage beyond those of the tasks, StreamAsync, body completes at once", 48, 32, 64),
            Items,
            () => Bracket.WarmUpAsync(Core),
            async () => (await AllocatedAsync(Core) - await AllocatedAsync(() => TasksAloneAsync(work))) / Hops);
        yield return new GateRow(
            new RatioRow("bytes-tracker", "bytes per item and stage that a tracker adds", 96, 64, 110),
            Items,
            () => Bracket.WarmUpAsync(Full),
            async () => (await AllocatedAsync(Full) - await AllocatedAsync(Core)) / Hops);
        yield return new GateRow(
            new RatioRow("bytes-observers", "bytes per item that two observers of all events add, each with one object an item, after the first items", 0, 0, 0.5),
            Items,
            () => Bracket.WarmUpAsync(() => GrowthOfAllocationsAsync(pipeline, observers: 2)),
            async () => Math.Max(0, (await GrowthOfAllocationsAsync(pipeline, observers: 2) - await GrowthOfAllocationsAsync(pipeline, observers: 0)) / Items));
        yield return new GateRow(
            new RatioRow("stream-growth", "growth of the working set in MB while five million items pass StreamAsync", 5, 3, 16),
            StreamedItems,
            () => Task.CompletedTask,
            () => GrowthAsync(pipeline))
        {
            MostRounds = 1,
        };
    }

    /// <summary>What is allocated while the second half of the items passes.</summary>
    private static async Task<double> GrowthOfAllocationsAsync(Pipeline<long, long> pipeline, int observers)
    {
        List<SpanObserver> spans = [.. Enumerable.Range(0, observers).Select(_ => new SpanObserver())];
        long before = 0;
        long read = 0;
        await foreach (PipelineResult<long> result in pipeline.StreamAsync(Enumerable.Range(0, 2 * Items).Select(x => (long)x), new RunOptions { Observers = [.. spans] }))
        {
            if (++read == Items)
                before = GC.GetTotalAllocatedBytes(precise: true);
        }

        if (spans.Any(span => span.Ended != 2 * Items))
            throw new InvalidOperationException("An observer was not told of every end.");
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private static async Task<double> AllocatedAsync(Func<Task> run)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await run();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    /// <summary>The user's own code without a pipeline around it.</summary>
    private static async Task TasksAloneAsync(Workload work)
    {
        foreach (long value in work.Values)
        {
            long result = value;
            for (int stage = 0; stage < Workload.Stages; stage++)
                result = await Bodies.AddAtOnceAsync(result);
        }
    }

    private static async Task<double> GrowthAsync(Pipeline<long, long> pipeline)
    {
        // What other rows have left behind must not be given back meanwhile: it would hide a growth.
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long settled = 0;
        long highest = 0;
        long sum = 0;
        long read = 0;
        await foreach (PipelineResult<long> result in pipeline.StreamAsync(Enumerable.Range(0, StreamedItems).Select(x => new WorkItem<long>(x) { Priority = Workload.PriorityOf(x) })))
        {
            sum += result.Value;
            if (++read % 10_000 != 0)
                continue;
            highest = Math.Max(highest, Environment.WorkingSet);
            if (read <= SettledAfter)
                settled = highest;
        }

        if (sum != ((long)StreamedItems * (StreamedItems - 1) / 2) + ((long)Workload.Stages * StreamedItems))
            throw new InvalidOperationException($"The results of the stream add up to {sum}, which is wrong.");
        return (highest - settled) / (1024.0 * 1024.0);
    }
}
