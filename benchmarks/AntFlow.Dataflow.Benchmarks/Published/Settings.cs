using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters.Json;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>How the published tables are measured.</summary>
internal static class Settings
{
    public static IConfig Create(string artifacts) =>
        DefaultConfig.Instance
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddExporter(JsonExporter.BriefCompressed)
            // A build beside other work takes longer than the two minutes it is given otherwise.
            .WithBuildTimeout(TimeSpan.FromMinutes(10))
            .WithArtifactsPath(artifacts);
}
