using System.Diagnostics;
using System.Globalization;

namespace AntFlow.Dataflow.Versions;

/// <summary>The present version over the earlier one, both measured in one process, one right after the other.</summary>
/// <param name="Elapsed">The ratio of the times.</param>
/// <param name="Processor">The ratio of the processor times: of use on a machine that has other work to do.</param>
/// <param name="BytesBefore">What a run of the earlier version allocates.</param>
/// <param name="Bytes">What a run of the present version allocates.</param>
internal sealed record Pair(double Elapsed, double Processor, double BytesBefore, double Bytes)
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1.5);

    public static Pair Parse(string line)
    {
        double[] values = [.. line.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
        return new Pair(values[0], values[1], values[2], values[3]);
    }

    /// <summary>Runs both in turn, and in turn the one or the other first.</summary>
    public static async IAsyncEnumerable<Pair> MeasureAsync(Func<Task> before, Func<Task> after, int pairs)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < _warmUp)
        {
            await before();
            await after();
        }

        for (int pair = 0; pair < pairs; pair++)
        {
            bool isBeforeFirst = pair % 2 == 0;
            Reading first = await Reading.OfAsync(isBeforeFirst ? before : after);
            Reading second = await Reading.OfAsync(isBeforeFirst ? after : before);
            (Reading old, Reading now) = isBeforeFirst ? (first, second) : (second, first);
            yield return new Pair(now.Elapsed / old.Elapsed, now.Processor / old.Processor, old.Bytes, now.Bytes);
        }
    }

    public override string ToString() => FormattableString.Invariant($"{Elapsed:R} {Processor:R} {BytesBefore:0} {Bytes:0}");

    private sealed record Reading(TimeSpan Elapsed, TimeSpan Processor, double Bytes)
    {
        public static async Task<Reading> OfAsync(Func<Task> run)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan used = Environment.CpuUsage.TotalTime;
            long begin = Stopwatch.GetTimestamp();
            await run();
            return new Reading(Stopwatch.GetElapsedTime(begin), Environment.CpuUsage.TotalTime - used, GC.GetTotalAllocatedBytes(precise: true) - allocated);
        }
    }
}
