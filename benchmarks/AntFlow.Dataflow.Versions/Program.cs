// Compares this version of the library with an earlier one in one process; benchmarks/compare-versions.sh builds both.
//   AntFlow.Dataflow.Versions [PAIRS] [ROW ...]
// Prints a line a row: the median of the paired ratios (this version over the earlier one), its 95 % interval, the median of the ratios of the processor time, and the bytes of a run of each.
// Ends with 1 if a row is slower: if the lower bound of its interval is above 1.03.
extern alias Before;

using System.Globalization;
using AntFlow.Dataflow.Versions;
using AntFlow.Dataflow.Versions.Rows;
using RowsBefore = Before::AntFlow.Dataflow.Versions.Rows.VersionRows;

int pairs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 150;
IReadOnlyDictionary<string, Func<Task>> after = VersionRows.All();
IReadOnlyDictionary<string, Func<Task>> before = RowsBefore.All();
bool isSlower = false;
foreach (string name in args.Length > 1 ? args[1..] : after.Keys)
{
    if (!after.TryGetValue(name, out Func<Task>? run))
    {
        await Console.Error.WriteLineAsync($"There is no row '{name}'; there are {string.Join(", ", after.Keys)}.");
        return 2;
    }

    Comparison comparison = await Comparison.MeasureAsync(before[name], run, pairs);
    isSlower |= comparison.IsSlower;
    (double bytesBefore, double bytes) = (await AllocatedAsync(before[name]), await AllocatedAsync(run));
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-16} {comparison.Median:0.000} [{comparison.Lower:0.000}, {comparison.Upper:0.000}] {comparison.Pairs} pairs, processor {comparison.Processor:0.000}, bytes {bytesBefore:0} -> {bytes:0}{(comparison.IsSlower ? "  SLOWER" : "")}"));
}

return isSlower ? 1 : 0;

// The median of five: which envelopes a run finds in its pool is a matter of chance.
static async Task<double> AllocatedAsync(Func<Task> run)
{
    double[] bytes = new double[5];
    for (int round = 0; round < bytes.Length; round++)
    {
        long begin = GC.GetTotalAllocatedBytes(precise: true);
        await run();
        bytes[round] = GC.GetTotalAllocatedBytes(precise: true) - begin;
    }

    Array.Sort(bytes);
    return bytes[bytes.Length / 2];
}
