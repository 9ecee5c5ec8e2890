using System.Diagnostics;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>When the last item ends, if some take much longer than others.</summary>
internal static class Makespan
{
    private const int Items = 300;
    private static readonly int[] _workers = [10, 10, 5];

    public static IEnumerable<GateRow> All()
    {
        yield return new GateRow(
            new RatioRow("makespan", "time until 300 items have ended, one in twenty of which takes twenty times as long / ideal list scheduling", 1.02, 1.01, 1.06),
            Items,
            async () => await MeasureAsync(),
            MeasureAsync)
        {
            MostRounds = GateRow.FewRounds,
        };
    }

    /// <summary>How much longer a run takes than books say it has to. All items have one priority: the schedule is first come, first served.</summary>
    public static async Task<double> MeasureAsync()
    {
        long[][] sleeps = HeavyTailed(_workers.Length);
        // What the sleeps really took: a timer is never exact, and that is no fault of the engine.
        long[][] durations = [.. sleeps.Select(_ => new long[Items])];
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => SleepAsync(0, x), _workers[0])
            .Then("B", x => SleepAsync(1, x), _workers[1])
            .Then("C", x => SleepAsync(2, x), _workers[2])
            .Build();
        long begin = Stopwatch.GetTimestamp();
        int read = 0;
        await foreach (PipelineResult<int> result in pipeline.StreamAsync(Enumerable.Range(0, Items)))
            read += result.IsSuccess ? 1 : 0;
        long makespan = Stopwatch.GetTimestamp() - begin;
        if (read != Items)
            throw new InvalidOperationException($"{read} items have succeeded; it must be {Items}.");
        return (double)makespan / ListScheduling.Makespan(durations, _workers);

        async Task<int> SleepAsync(int stage, int item)
        {
            long from = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromMilliseconds(sleeps[stage][item]), TimeProvider.System);
            durations[stage][item] = Stopwatch.GetTimestamp() - from;
            return item;
        }
    }

    private static long[][] HeavyTailed(int stages) =>
        [.. Enumerable.Range(0, stages).Select(_ => Enumerable.Range(0, Items)
            .Select(_ => Random.Shared.NextInt64(5, 11) * (Random.Shared.Next(20) == 0 ? 20 : 1))
            .ToArray())];
}
