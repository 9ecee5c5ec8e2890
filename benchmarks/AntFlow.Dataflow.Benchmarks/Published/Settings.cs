using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>How the published tables are measured.</summary>
internal static class Settings
{
    public static IConfig Create(string artifacts) =>
        DefaultConfig.Instance
            .AddJob(Job.Default.WithWarmupCount(3).WithIterationCount(9).AsDefault())
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.BriefCompressed)
            .WithArtifactsPath(artifacts);
}
