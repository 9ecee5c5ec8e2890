using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What a call costs without a pipeline.</summary>
internal static class Executor
{
    private const int Items = 40_000;

    private static readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = Workload.Workers };

    public static IEnumerable<GateRow> All()
    {
        var work = new Workload(Items);
        yield return GateRow.Compare(
            RatioRow.Holding("map", "MapAsync of an executor, body suspends once / Parallel.ForEachAsync that writes into an array", 1.2, 1.0, measured: 1.062),
            Items,
            () => LoopAsync(work),
            () => MapAsync(work));
    }

    private static async Task LoopAsync(Workload work)
    {
        long[] results = new long[work.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, work.Count), _options, async (index, _) => results[index] = await Bodies.AddLaterAsync(work.Values[index]));
        work.Check(results.Sum(), stages: 1);
    }

    public static async Task MapAsync(Workload work)
    {
        await using var executor = new AsyncExecutor(Workload.Workers);
        IReadOnlyList<long> results = await executor.MapAsync(work.Values, Bodies.AddLaterAsync);
        work.Check(results.Sum(), stages: 1);
    }
}
