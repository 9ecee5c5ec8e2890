// Records real runs, in real time, for the tests of the time that is left:
//   dotnet run -c Release --project eng/Traces                       three of each kind, into test/AntFlow.Dataflow.Tests/Snapshots/Traces
//   dotnet run -c Release --project eng/Traces -- traces 7 8    elsewhere, with other seeds
// They run side by side and sleep most of the time: less than a minute on a machine that does little else.
using System.Globalization;
using AntFlow.Dataflow.Traces;

string folder = args.Length > 0 ? args[0] : Path.Combine("test", "AntFlow.Dataflow.Tests", "Snapshots", "Traces");
int[] seeds = args.Length > 1 ? [.. args[1..].Select(seed => int.Parse(seed, CultureInfo.InvariantCulture))] : [1, 2, 3];
Directory.CreateDirectory(folder);
await Task.WhenAll(TracedRun.Names.SelectMany(name => seeds.Select(seed => RecordAsync(name, seed))));

async Task RecordAsync(string name, int seed)
{
    Trace trace = await TracedRun.RecordAsync(name, seed);
    string file = Path.Combine(folder, TraceFile.NameOf(name, seed));
    TraceFile.Write(file, trace);
    Console.WriteLine($"{file}: {trace.Moments.Count} moments, {trace.Seconds:0.0} s");
}
