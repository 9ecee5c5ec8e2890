using System.Diagnostics;

namespace AntFlow.Dataflow.Versions;

/// <summary>How much longer one version takes than the other: the median of the ratios of pairs, and its 95 % interval.</summary>
/// <param name="Pairs">How many pairs were measured.</param>
/// <param name="Median">The median of the ratios, the present version over the earlier one.</param>
/// <param name="Lower">The lower bound of the interval.</param>
/// <param name="Upper">The upper bound of the interval.</param>
/// <param name="Processor">The median of the ratios of the processor time: of use on a machine that has other work to do.</param>
internal sealed record Comparison(int Pairs, double Median, double Lower, double Upper, double Processor)
{
    /// <summary>Above this lower bound the present version counts as slower.</summary>
    public const double Limit = 1.03;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1.5);

    public bool IsSlower => Lower > Limit;

    /// <summary>Runs both in turn, and in turn the one or the other first.</summary>
    public static async Task<Comparison> MeasureAsync(Func<Task> before, Func<Task> after, int pairs)
    {
        await WarmUpAsync(before, after);
        double[] ratios = new double[pairs];
        double[] processor = new double[pairs];
        for (int pair = 0; pair < pairs; pair++)
        {
            bool isBeforeFirst = pair % 2 == 0;
            (TimeSpan Elapsed, TimeSpan Processor) first = await TimeAsync(isBeforeFirst ? before : after);
            (TimeSpan Elapsed, TimeSpan Processor) second = await TimeAsync(isBeforeFirst ? after : before);
            ratios[pair] = isBeforeFirst ? second.Elapsed / first.Elapsed : first.Elapsed / second.Elapsed;
            processor[pair] = isBeforeFirst ? second.Processor / first.Processor : first.Processor / second.Processor;
        }

        return Of(ratios, processor);
    }

    /// <summary>The interval of a median by its order statistics: no distribution is assumed.</summary>
    private static Comparison Of(IReadOnlyCollection<double> ratios, IReadOnlyCollection<double> processor)
    {
        double[] sorted = [.. ratios.Order()];
        int half = (int)Math.Ceiling(0.98 * Math.Sqrt(sorted.Length));
        int lower = Math.Max(0, (sorted.Length / 2) - half);
        int upper = Math.Min(sorted.Length - 1, ((sorted.Length - 1) / 2) + half);
        return new Comparison(sorted.Length, MedianOf(sorted), sorted[lower], sorted[upper], MedianOf([.. processor.Order()]));
    }

    private static double MedianOf(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    private static async Task WarmUpAsync(Func<Task> before, Func<Task> after)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < _warmUp)
        {
            await before();
            await after();
        }
    }

    private static async Task<(TimeSpan Elapsed, TimeSpan Processor)> TimeAsync(Func<Task> run)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        await run();
        return (Stopwatch.GetElapsedTime(begin), Environment.CpuUsage.TotalTime - used);
    }
}
