using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.PublicApi;

/// <summary>What <c>using AntFlow.Dataflow;</c> shows, and what needs further namespaces.</summary>
public sealed class NamespacesTests
{
    private const int MostEveryday = 75;

    private static readonly Type[] _types = typeof(Pipeline).Assembly.GetExportedTypes();

    [Test]
    public void The_everyday_namespace_has_few_types() => NamesIn("AntFlow.Dataflow").Length.ShouldBeLessThanOrEqualTo(MostEveryday);

    [Test]
    public void The_other_namespaces_are_these() =>
        _types.Select(type => type.Namespace).Distinct().Order().ShouldBe(
            ["AntFlow.Dataflow", "AntFlow.Dataflow.Checkpoints", "AntFlow.Dataflow.Json", "AntFlow.Dataflow.Observers", "AntFlow.Dataflow.Shapes", "AntFlow.Dataflow.Snapshots"]);

    [TestCase("Stored")]
    [TestCase("Checkpoint")]
    [TestCase("ICheckpoint")]
    [TestCase("Inspected")]
    public void The_types_of_stores_are_in_the_namespace_of_checkpoints(string prefix)
    {
        // It is what a failure is that is read back, from a store or from JSON, and stands in results.
        string[] elsewhere = [.. NamesIn("AntFlow.Dataflow").Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Except([nameof(StoredFailureException)], StringComparer.Ordinal)];

        elsewhere.ShouldBeEmpty();
        NamesIn("AntFlow.Dataflow.Checkpoints").ShouldContain(name => name.StartsWith(prefix, StringComparison.Ordinal));
    }

    private static string[] NamesIn(string space) => [.. _types.Where(type => string.Equals(type.Namespace, space, StringComparison.Ordinal)).Select(type => type.Name)];
}
