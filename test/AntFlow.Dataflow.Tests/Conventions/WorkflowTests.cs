using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using Shouldly;
using YamlDotNet.RepresentationModel;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>What is under .github/ runs elsewhere: here it is read, and what it names is there.</summary>
public sealed partial class WorkflowTests
{
    private const string Workflow = ".github/workflows/ci.yml";

    private static IEnumerable<string> Files =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, ".github"), "*.yml", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal);

    private static YamlMappingNode Jobs => (YamlMappingNode)Load(Workflow)["jobs"];

    /// <summary>The commands of all jobs.</summary>
    private static string[] Commands =>
        [.. Jobs.Children.Values.SelectMany(job => (YamlSequenceNode)job["steps"]).OfType<YamlMappingNode>().Where(step => step.Children.ContainsKey("run")).Select(step => step["run"].ToString())];

    [TestCaseSource(nameof(Files))]
    public void A_file_for_the_forge_is_YAML(string file) => Load(file).Children.ShouldNotBeEmpty();

    [Test]
    public void The_workflow_may_only_read()
    {
        Load(Workflow)["permissions"].ToString().ShouldBe("{ { contents, read } }");
        Jobs.Children.Values.Cast<YamlMappingNode>().Where(job => job.Children.ContainsKey("permissions")).ShouldBeEmpty();
    }

    [Test]
    public void Actions_are_pinned_to_a_commit_with_the_version_beside_it()
    {
        string[] uses = [.. File.ReadLines(Path.Combine(Repository.Root, Workflow)).Where(line => line.Contains("uses:", StringComparison.Ordinal))];

        uses.ShouldNotBeEmpty();
        uses.Where(line => !Pinned().IsMatch(line)).ShouldBeEmpty();
    }

    [Test]
    public void Files_that_the_workflow_names_are_there()
    {
        string[] named = [.. Commands.SelectMany(command => command.Split(' ')).Where(word => FileName().IsMatch(word)), .. Jobs.AllNodes.OfType<YamlMappingNode>().SelectMany(node => node.Children).Where(pair => pair.Key.ToString() == "global-json-file").Select(pair => pair.Value.ToString())];

        named.ShouldContain("./test.sh");
        named.ShouldContain("AntFlow.Dataflow.sln");
        named.ShouldContain("global.json");
        named.Where(file => !File.Exists(Path.Combine(Repository.Root, file))).ShouldBeEmpty();
    }

    [Test]
    public void The_Linux_job_runs_the_test_command_and_the_others_leave_out_what_needs_Linux()
    {
        Commands.Where(command => command.StartsWith("./test.sh", StringComparison.Ordinal)).ShouldHaveSingleItem();
        Commands.Where(command => command.StartsWith("dotnet test", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain("--filter 'TestCategory!=LinuxOnly'");
    }

    [Test]
    public void The_workflow_installs_what_the_test_command_would_install()
    {
        string[] here = [.. File.ReadLines(Path.Combine(Repository.Root, "test.sh")).Select(line => Installs().Match(line)).Where(match => match.Success).SelectMany(match => match.Groups["packages"].Value.Split(' '))];
        string there = Commands.Single(command => command.Contains("apt-get install", StringComparison.Ordinal));

        here.ShouldBe(["tmux", "postgresql", "clang", "zlib1g-dev"]);
        there.Split("--no-install-recommends ")[1].Split(' ').ShouldBe(here);
    }

    [Test]
    public void Known_vulnerabilities_are_looked_for_everywhere_and_are_errors_in_the_workflow_alone()
    {
        var properties = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        XElement lenient = properties.Descendants("WarningsNotAsErrors").Single();

        (properties.Descendants("NuGetAudit").Single().Value, properties.Descendants("NuGetAuditMode").Single().Value).ShouldBe(("true", "all"));
        ((string?)lenient.Attribute("Condition")).ShouldBe("'$(AuditIsStrict)' != 'true'");
        lenient.Value.Split(';').Skip(1).ShouldBe(Enumerable.Range(1900, 6).Select(number => $"NU{number}"));
        Load(Workflow)["env"]["AuditIsStrict"].ToString().ShouldBe("true");
    }

    private static YamlMappingNode Load(string file)
    {
        using StreamReader reader = File.OpenText(Path.Combine(Repository.Root, file));
        var stream = new YamlStream();
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    [GeneratedRegex(@"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", RegexOptions.None, 10_000)]
    private static partial Regex Pinned();

    [GeneratedRegex(@"^[\w./-]+\.(sh|sln|slnf|csproj|json)$", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex FileName();

    [GeneratedRegex("""^  apt_install (".*?"|\S+) (?<packages>.+)$""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Installs();
}
