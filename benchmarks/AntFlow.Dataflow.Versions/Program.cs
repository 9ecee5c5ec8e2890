// Compares this version of the library with an earlier one; benchmarks/compare-versions.sh builds both.
//   AntFlow.Dataflow.Versions [PAIRS] [ROW ...]
// Both versions run in one process, in turn. The pairs of a row are shared out among fifteen processes: how a process has compiled and placed its code is a matter of chance.
// Prints a line a row: the median of the ratios (this version over the earlier one) and its 95 % interval, of the time and of the processor time, and the bytes of a run of each.
// Ends with 1 if a row is slower: if the lower bound of the interval of its times is above 1.03.
extern alias Before;

using System.Diagnostics;
using System.Globalization;
using AntFlow.Dataflow.Versions;
using AntFlow.Dataflow.Versions.Rows;
using RowsBefore = Before::AntFlow.Dataflow.Versions.Rows.VersionRows;

const int Processes = 15;
const string Measure = "measure";

if (args is [Measure, string measured, string count])
{
    await foreach (Pair pair in Pair.MeasureAsync(RowsBefore.All()[measured], VersionRows.All()[measured], int.Parse(count, CultureInfo.InvariantCulture)))
        Console.WriteLine(pair);
    return 0;
}

int pairs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 150;
string[] names = args.Length > 1 ? args[1..] : [.. VersionRows.All().Keys];
string? unknown = names.FirstOrDefault(name => !VersionRows.All().ContainsKey(name));
if (unknown is not null)
{
    await Console.Error.WriteLineAsync($"There is no row '{unknown}'; there are {string.Join(", ", VersionRows.All().Keys)}.");
    return 2;
}

bool isSlower = false;
foreach (string name in names)
{
    List<Pair> all = [];
    for (int process = 0; process < Processes; process++)
        all.AddRange(await MeasureElsewhereAsync(name, (pairs + Processes - 1) / Processes));
    var elapsed = Comparison.Of(all.Select(pair => pair.Elapsed));
    var processor = Comparison.Of(all.Select(pair => pair.Processor));
    isSlower |= elapsed.IsSlower;
    (double bytesBefore, double bytes) = (Comparison.Of(all.Select(pair => pair.BytesBefore)).Median, Comparison.Of(all.Select(pair => pair.Bytes)).Median);
    Console.WriteLine(FormattableString.Invariant(
        $"{name,-16} {elapsed}, processor {processor}, {elapsed.Pairs} pairs, bytes {bytesBefore:0} -> {bytes:0}{(elapsed.IsSlower ? "  SLOWER" : "")}"));
}

return isSlower ? 1 : 0;

static async Task<IEnumerable<Pair>> MeasureElsewhereAsync(string name, int pairs)
{
    using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. HostArguments(), Measure, name, pairs.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, UseShellExecute = false })!;
    string output = await process.StandardOutput.ReadToEndAsync();
    await process.WaitForExitAsync();
    if (process.ExitCode != 0)
        throw new InvalidOperationException($"Row '{name}' could not be measured: exit code {process.ExitCode}.");
    return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Pair.Parse);
}

// Started by `dotnet X.dll`, the process is the host, and the first argument is the assembly.
static string[] HostArguments() =>
    string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.Ordinal) ? [typeof(Pair).Assembly.Location] : [];
