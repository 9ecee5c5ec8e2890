using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>The catalogue has what the sources have, names tests that there are, and has a fault for each rule of the page on architecture.</summary>
public sealed class CatalogueTests
{
    private static readonly string[] _seams = ["Broken", "Gap"];

    [Test]
    public void Each_fault_of_the_sources_is_in_the_catalogue_and_no_other() =>
        Catalogue.All.Select(fault => fault.Name).ShouldBe(FaultsOfTheSources(), ignoreOrder: true);

    [Test]
    public void Each_test_that_is_named_is_there()
    {
        foreach (IGrouping<string, KilledFault> project in Catalogue.All.GroupBy(fault => fault.Project, StringComparer.Ordinal))
        {
            var tests = TestsOf.Projects(project.Key);
            project.Where(fault => !tests.Has(fault.FullName)).Select(fault => fault.FullName).ShouldBeEmpty();
        }
    }

    [Test]
    public void A_test_that_is_not_there_is_found_out()
    {
        var tests = TestsOf.Projects("AntFlow.Dataflow.Checkpoints.Sqlite.Tests");

        tests.Has("AntFlow.Dataflow.Checkpoints.Sqlite.Tests.SqliteConformance.Ownership_An_owner_holds_the_run").ShouldBeTrue("it is a case of each store");
        tests.Has("AntFlow.Dataflow.Checkpoints.Sqlite.Tests.SqliteConformance.Ownership_No_such_test").ShouldBeFalse();
        tests.Has("AntFlow.Dataflow.Checkpoints.Sqlite.Tests.NoSuchFixture.Ownership_An_owner_holds_the_run").ShouldBeFalse();
    }

    [Test]
    public void Each_rule_of_the_architecture_is_broken_by_a_fault_or_it_is_said_why_not()
    {
        IReadOnlyList<string> rules = Rules.OfTheArchitecture();
        string[] named = [.. Catalogue.All.SelectMany(fault => fault.Rules).Concat(Catalogue.Without.Keys).Distinct(StringComparer.Ordinal)];

        rules.Count.ShouldBeGreaterThan(40);
        named.Where(name => rules.Count(rule => Rules.IsMeant(rule, name)) != 1).ShouldBeEmpty("Each name means exactly one rule.");
        rules.Where(rule => !named.Any(name => Rules.IsMeant(rule, name))).ShouldBeEmpty("No fault breaks them.");
        Catalogue.All.Where(fault => fault.Rules.Length == 0).ShouldBeEmpty();
        Catalogue.Without.Keys.Where(name => Catalogue.All.Any(fault => fault.Rules.Contains(name, StringComparer.Ordinal))).ShouldBeEmpty();
    }

    private static IEnumerable<string> FaultsOfTheSources() =>
        Directory.EnumerateFiles(Path.Combine(FaultsBuild.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>())
            .Where(call => call.Expression is IdentifierNameSyntax name && _seams.Contains(name.Identifier.Text, StringComparer.Ordinal))
            .Select(call => ((LiteralExpressionSyntax)call.ArgumentList.Arguments[0].Expression).Token.ValueText)
            .Distinct(StringComparer.Ordinal);
}
