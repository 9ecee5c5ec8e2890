using System.Globalization;
using System.Text;
using System.Text.Json;
using AntFlow.Dataflow.Benchmarks.Contenders;
using AntFlow.Dataflow.Benchmarks.Docs;
using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks;

/// <summary>What an item allocates, by type: <c>allocations [BEFORE.json]</c>. Keeps the trace in benchmarks/results/Allocations.json and its table beside it; the file of an
/// earlier state of the source, made in the same way, gives the columns to compare with.</summary>
internal static class AllocationsCommand
{
    private const int Items = 40_000;
    private const int Runs = 25;
    private const int Types = 14;
    private const string Rest = "everything else";

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    public static async Task<int> RunAsync(string? before)
    {
        string top = Repository.Find(AppContext.BaseDirectory);
        var work = new Workload(Items);
        Pipeline<long, long> pipeline = OurPipeline.Build(Body.Suspends);
        var now = new Allocations(
            Measurement.Here(top),
            await TraceAsync(() => OurPipeline.RunAsync(pipeline, work)),
            await TraceAsync(() => OurPipeline.RunTrackedAsync(pipeline, work)));
        Allocations? then = before is null ? null : JsonSerializer.Deserialize<Allocations>(await File.ReadAllTextAsync(before), _json);

        string results = Repository.Results(top);
        Directory.CreateDirectory(results);
        await File.WriteAllTextAsync(Path.Combine(results, "Allocations.json"), JsonSerializer.Serialize(now, _json) + "\n");
        string table = Table(then, now) + Markdown.Footer(now.Measured);
        await File.WriteAllTextAsync(Path.Combine(results, "Allocations.md"), table);
        Console.Write(table);
        return DocsCommand.Run();
    }

    private static async Task<SortedDictionary<string, double>> TraceAsync(Func<Task> run)
    {
        await Bracket.WarmUpAsync(run);
        using var trace = new AllocationTrace();
        for (int i = 0; i < Runs; i++)
            await run();
        return new SortedDictionary<string, double>(
            trace.Bytes.ToDictionary(pair => pair.Key, pair => Math.Round((double)pair.Value / Runs / Items / Workload.Stages, 2)), StringComparer.Ordinal);
    }

    private static string Table(Allocations? before, Allocations now)
    {
        IReadOnlyDictionary<string, double>[] columns = [before?.Core ?? [], now.Core, before?.Full ?? [], now.Full];
        string[] types = [.. columns.SelectMany(column => column.Keys).Distinct().OrderByDescending(type => columns.Max(column => column.GetValueOrDefault(type))).Take(Types)];
        var text = new StringBuilder("| bytes per item and stage | core, before | core | full, before | full |\n|---|---|---|---|---|\n");
        AddRow("all of it", column => column.Values.Sum());
        foreach (string type in types)
            AddRow($"`{type}`", column => column.GetValueOrDefault(type));
        AddRow(Rest, column => column.Where(pair => !types.Contains(pair.Key)).Sum(pair => pair.Value));
        return text.ToString();

        void AddRow(string name, Func<IReadOnlyDictionary<string, double>, double> value)
        {
            string[] cells = [.. columns.Select(column => column.Count == 0 ? "-" : value(column).ToString("0.0", CultureInfo.InvariantCulture))];
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", cells)} |\n");
        }
    }

    /// <summary>Bytes per item and stage by type, without and with a tracker.</summary>
    private sealed record Allocations(Measurement Measured, SortedDictionary<string, double> Core, SortedDictionary<string, double> Full);
}
