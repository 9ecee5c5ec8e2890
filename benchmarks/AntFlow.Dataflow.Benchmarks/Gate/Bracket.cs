using System.Diagnostics;

namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>Measures baseline, contender, baseline, and gives how many times the mean of its two neighbors the contender took: what the machine does slowly, it
/// does to all three.</summary>
public sealed class Bracket
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(0.5);
    private readonly Func<Task<double>> _baseline;
    private readonly Func<Task<double>> _contender;

    private Bracket(Func<Task<double>> baseline, Func<Task<double>> contender)
    {
        _baseline = baseline;
        _contender = contender;
    }

    /// <summary>Of two runs, each timed from its begin to its end.</summary>
    public static Bracket OfRuns(Func<Task> baseline, Func<Task> contender) => new(() => TimeAsync(baseline), () => TimeAsync(contender));

    /// <summary>Of two runs that give the seconds of what is measured in them.</summary>
    public static Bracket OfSeconds(Func<Task<double>> baseline, Func<Task<double>> contender) => new(baseline, contender);

    public async Task WarmUpAsync()
    {
        await WarmUpAsync(_baseline);
        await WarmUpAsync(_contender);
    }

    public async Task<double> MeasureAsync()
    {
        double before = await _baseline();
        double between = await _contender();
        double after = await _baseline();
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

    /// <summary>How many seconds a run takes. The garbage of runs before is not charged to it.</summary>
    public static async Task<double> TimeAsync(Func<Task> run)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long begin = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
