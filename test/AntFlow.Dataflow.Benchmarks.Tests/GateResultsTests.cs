using AntFlow.Dataflow.Benchmarks.Gate;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Benchmarks.Tests;

public sealed class GateResultsTests
{
    [Test]
    public void What_is_saved_can_be_loaded()
    {
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        try
        {
            GateResults.Load(folder).ShouldBeNull();
            var row = Verdict.Of(new RatioRow("core", "ours / theirs", 1, 0.5, 2), items: 100, [0.75, 1]);
            var results = new GateResults(new Measurement("A machine", 2, ".NET", "2026-01-01", "abc"), [row]);

            results.Save(folder);

            GateResults loaded = GateResults.Load(folder).ShouldNotBeNull();
            loaded.Measured.ShouldBe(results.Measured);
            loaded.Rows.ShouldBe([row]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
