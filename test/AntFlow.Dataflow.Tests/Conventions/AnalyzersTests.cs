using System.Xml.Linq;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class AnalyzersTests
{
    [Test]
    public void Analyzers_and_the_code_style_are_off_unless_a_build_asks_for_them()
    {
        var properties = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        XElement analyze = properties.Descendants("Analyze").Single();

        (analyze.Value, (string?)analyze.Attribute("Condition")).ShouldBe(("false", "'$(Analyze)' == ''"));
        foreach (string name in (string[])["RunAnalyzersDuringBuild", "EnforceCodeStyleInBuild"])
            properties.Descendants(name).Single().Value.ShouldBe("$(Analyze)", name);
    }

    [Test]
    public void The_test_command_builds_with_them_and_CI_calls_the_test_command()
    {
        string[] builds = [.. File.ReadLines(Path.Combine(Repository.Root, "test.sh")).Where(line => line.Contains("dotnet build", StringComparison.Ordinal))];

        builds.Length.ShouldBe(2);
        builds[0].ShouldContain("AntFlow.Dataflow.sln");
        builds[0].ShouldContain("-p:Analyze=true");
        builds[1].ShouldContain("test/faults.slnf");
        builds[1].ShouldContain("-p:Faults=true");
        File.ReadAllText(Path.Combine(Repository.Root, ".ci", "run")).ShouldContain("./test.sh");
    }
}
