using System.Xml.Linq;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class DependenciesTests
{
    [Test]
    public void The_core_depends_on_the_framework_and_the_logging_abstractions_alone()
    {
        var project = XDocument.Load(Path.Combine(Repository.Core, "AntFlow.Dataflow.csproj"));

        project.Descendants("PackageReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["Microsoft.Extensions.Logging.Abstractions"]);
        project.Descendants("ProjectReference").ShouldBeEmpty();
        project.Descendants("FrameworkReference").ShouldBeEmpty();
    }

    [Test]
    public void The_terminal_depends_on_the_core_and_on_Spectre_alone()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", "AntFlow.Dataflow.Terminal", "AntFlow.Dataflow.Terminal.csproj"));

        project.Descendants("PackageReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["Spectre.Console"]);
        project.Descendants("ProjectReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["../AntFlow.Dataflow/AntFlow.Dataflow.csproj"]);
    }

    [Test]
    public void The_checkpoints_in_SQLite_depend_on_the_core_and_on_Microsoft_Data_Sqlite_alone()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", "AntFlow.Dataflow.Checkpoints.Sqlite", "AntFlow.Dataflow.Checkpoints.Sqlite.csproj"));

        project.Descendants("PackageReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["Microsoft.Data.Sqlite"]);
        project.Descendants("ProjectReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["../AntFlow.Dataflow/AntFlow.Dataflow.csproj"]);
    }

    [Test]
    public void The_checkpoints_in_PostgreSQL_depend_on_the_core_and_on_Npgsql_alone()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", "AntFlow.Dataflow.Checkpoints.PostgreSql", "AntFlow.Dataflow.Checkpoints.PostgreSql.csproj"));

        project.Descendants("PackageReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["Npgsql"]);
        project.Descendants("ProjectReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["../AntFlow.Dataflow/AntFlow.Dataflow.csproj"]);
    }

    [Test]
    public void What_is_for_tests_of_users_depends_on_the_core_and_on_no_test_framework()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", "AntFlow.Dataflow.Testing", "AntFlow.Dataflow.Testing.csproj"));

        project.Descendants("PackageReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["Shouldly"]);
        project.Descendants("ProjectReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["../AntFlow.Dataflow/AntFlow.Dataflow.csproj"]);
    }

    [Test]
    public void What_is_for_tests_of_users_with_NUnit_depends_on_the_other_package_and_on_NUnit_alone()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", "AntFlow.Dataflow.Testing.NUnit", "AntFlow.Dataflow.Testing.NUnit.csproj"));

        project.Descendants("PackageReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["NUnit"]);
        project.Descendants("ProjectReference").Select(e => (string?)e.Attribute("Include")).ShouldBe(["../AntFlow.Dataflow.Testing/AntFlow.Dataflow.Testing.csproj"]);
    }

    [Test]
    public void Versions_of_packages_are_pinned_in_one_place()
    {
        IEnumerable<string> projects = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains("artifacts", StringComparison.Ordinal));

        projects.Where(path => XDocument.Load(path).Descendants("PackageReference").Any(e => e.Attribute("Version") is not null)).ShouldBeEmpty();
    }
}
