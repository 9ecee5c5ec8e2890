using AntFlow.Dataflow.Benchmarks.Docs;
using BenchmarkDotNet.Running;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>Runs all classes of benchmarks and keeps their tables and raw numbers in benchmarks/results.</summary>
internal static class PublishCommand
{
    private static readonly Type[] _questions = [typeof(Throughput), typeof(PriorityBuffer), typeof(Retry), typeof(Tracking), typeof(Makespan)];

    /// <summary>Runs the classes that are named, or all.</summary>
    public static int Run(IReadOnlyList<string> names)
    {
        string top = Repository.Find(AppContext.BaseDirectory);
        string results = Repository.Results(top);
        string artifacts = Path.Combine(top, "artifacts", "benchmarks");
        Directory.CreateDirectory(results);
        Type[] chosen = [.. _questions.Where(type => names.Count == 0 || names.Contains(type.Name))];
        // All at once: they are built together.
        foreach (BenchmarkDotNet.Reports.Summary summary in BenchmarkRunner.Run(chosen, Settings.Create(artifacts)))
        {
            if (summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success))
            {
                Console.Error.WriteLine($"{summary.Title} was not measured: see above.");
                return 1;
            }
        }

        var measured = Gate.Measurement.Here(top);
        foreach (Type question in chosen)
        {
            string report = Path.Combine(artifacts, "results", $"{question.FullName}-report");
            string table = File.ReadAllText($"{report}-github.md") + Markdown.Footer(measured);
            File.WriteAllText(Path.Combine(results, $"{question.Name}.md"), table);
            File.Copy($"{report}-brief-compressed.json", Path.Combine(results, $"{question.Name}.json"), overwrite: true);
        }

        return DocsCommand.Run();
    }
}
