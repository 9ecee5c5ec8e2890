using System.Diagnostics;

namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>Measures baseline, contender, baseline, and gives how many times the mean of its two neighbors the contender took: what the machine does slowly, it
/// does to all three.</summary>
public sealed class Bracket(Func<Task> baseline, Func<Task> contender)
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(0.5);

    public async Task WarmUpAsync()
    {
        await WarmUpAsync(baseline);
        await WarmUpAsync(contender);
    }

    public async Task<double> MeasureAsync()
    {
        double before = await TimeAsync(baseline);
        double between = await TimeAsync(contender);
        double after = await TimeAsync(baseline);
        return between / ((before + after) / 2);
    }

    /// <summary>Runs something for half a second.</summary>
    public static async Task WarmUpAsync(Func<Task> run)
    {
        long begin = Stopwatch.GetTimestamp();
        do
            await run();
        while (Stopwatch.GetElapsedTime(begin) < _warmUp);
    }

    /// <summary>How many seconds a run takes; nobody's garbage is charged to the next one.</summary>
    public static async Task<double> TimeAsync(Func<Task> run)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long begin = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
