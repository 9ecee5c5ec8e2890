using System.Reflection.Metadata;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>What is in the packages that eng/pack.sh makes.</summary>
[TestFixtureSource(typeof(PackageNames), nameof(PackageNames.All))]
public sealed partial class PackageTests(string name)
{
    // How a portable PDB marks where sources can be had.
    private static readonly Guid _sourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private static readonly string _repository =
        XDocument.Load(Path.Combine(Workplace.Root, "eng", "Packaging", "Packages.props")).Descendants("RepositoryUrl").Single().Value;

    [Test]
    public async Task It_says_what_it_is_where_it_comes_from_and_under_which_licence()
    {
        using Package package = Package.Open(name);
        XElement metadata = package.Metadata;

        metadata.Element("id")!.Value.ShouldBe(name);
        metadata.Element("version")!.Value.ShouldBe(Workplace.Version);
        metadata.Element("license")!.Value.ShouldBe("MIT");
        metadata.Element("description")!.Value.ShouldNotBeNullOrWhiteSpace();
        metadata.Element("tags")!.Value.Split(' ').ShouldContain("dataflow");
        metadata.Element("projectUrl")!.Value.ShouldBe(_repository);
        metadata.Element("releaseNotes")!.Value.ShouldStartWith(_repository);
        metadata.Element("repository")!.Attribute("url")!.Value.ShouldBe(_repository);
        ((string?)metadata.Element("repository")!.Attribute("commit")).ShouldBe(await CommitAsync());
    }

    [Test]
    public void It_has_a_readme_an_icon_the_assembly_and_its_documentation()
    {
        using Package package = Package.Open(name);

        package.Files.Where(file => !file.StartsWith("_rels/", StringComparison.Ordinal) && !file.StartsWith("package/", StringComparison.Ordinal) && file != "[Content_Types].xml").ShouldBe(
            [$"{name}.nuspec", "README.md", "icon.png", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml"], ignoreOrder: true);
        package.Metadata.Element("readme")!.Value.ShouldBe("README.md");
        package.Metadata.Element("icon")!.Value.ShouldBe("icon.png");
        package.Read("README.md").ShouldStartWith($"# {name}\n");
    }

    [Test]
    public void Its_readme_leads_to_the_repository_and_to_pages_that_are_there()
    {
        using Package package = Package.Open(name);
        string[] links = [.. Link().Matches(package.Read("README.md")).Select(match => match.Groups["target"].Value)];

        links.ShouldNotBeEmpty();
        links.Where(link => !link.StartsWith(_repository, StringComparison.Ordinal)).ShouldBeEmpty();
        links.Select(link => link[_repository.Length..]).Where(rest => rest.StartsWith("/blob/main/", StringComparison.Ordinal))
            .Where(rest => !File.Exists(Path.Combine(Workplace.Root, rest["/blob/main/".Length..]))).ShouldBeEmpty();
    }

    [Test]
    public async Task A_debugger_finds_the_sources_of_its_symbols_in_the_repository()
    {
        using Package symbols = Package.Open(name, "snupkg");
        using var bytes = new MemoryStream();
        await using (Stream stream = symbols.Open($"lib/net10.0/{name}.pdb"))
            await stream.CopyToAsync(bytes);
        bytes.Position = 0;
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(bytes);
        MetadataReader reader = provider.GetMetadataReader();

        CustomDebugInformation link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Single(information => reader.GetGuid(information.Kind) == _sourceLink);
        string places = Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value));
        places.ShouldContain("\"/_/*\"");
        places.ShouldContain($"{new Uri(_repository).AbsolutePath}/{await CommitAsync()}/*");
        // No path of the machine that packed it.
        reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name)).Where(path => !path.StartsWith("/_/", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static async Task<string> CommitAsync() => (await Workplace.RunAsync(Workplace.Root, "git", "rev-parse", "HEAD")).Trim();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Link();
}
