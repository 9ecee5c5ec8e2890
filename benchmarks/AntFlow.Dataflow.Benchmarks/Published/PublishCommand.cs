using System.Text.Json;
using AntFlow.Dataflow.Benchmarks.Docs;
using AntFlow.Dataflow.Benchmarks.Gate;
using BenchmarkDotNet.Running;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>Runs all classes of benchmarks and keeps their tables and raw numbers in benchmarks/results.</summary>
internal static class PublishCommand
{
    private static readonly Type[] _questions = [typeof(Throughput), typeof(PriorityBuffer), typeof(Retry), typeof(Tracking), typeof(Makespan)];
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <summary>Runs the classes that are named, or all.</summary>
    public static int Run(IReadOnlyList<string> names)
    {
        string top = Repository.Find(AppContext.BaseDirectory);
        string results = Repository.Results(top);
        string artifacts = Path.Combine(top, "artifacts", "benchmarks");
        Directory.CreateDirectory(results);
        foreach (Type question in _questions.Where(type => names.Count == 0 || names.Contains(type.Name)))
        {
            BenchmarkDotNet.Reports.Summary summary = BenchmarkRunner.Run(question, Settings.Create(artifacts));
            if (summary.HasCriticalValidationErrors || summary.Reports.Any(measured => !measured.Success))
            {
                Console.Error.WriteLine($"{question.Name} was not measured: see above.");
                return 1;
            }

            string report = Path.Combine(artifacts, "results", $"{question.FullName}-report");
            File.Copy($"{report}-github.md", Path.Combine(results, $"{question.Name}.md"), overwrite: true);
            File.Copy($"{report}-brief-compressed.json", Path.Combine(results, $"{question.Name}.json"), overwrite: true);
        }

        File.WriteAllText(Path.Combine(results, "measured.json"), JsonSerializer.Serialize(Measurement.Here(top), _json) + "\n");
        return DocsCommand.Run();
    }
}
