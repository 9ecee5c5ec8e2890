using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class DocsCompileTests
{
    private static IEnumerable<string> Pages =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .Prepend("README.md")
            .Concat(PackageReadmes);

    /// <summary>What the page of a package on a feed shows.</summary>
    private static IEnumerable<string> PackageReadmes =>
        Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
            .Select(folder => $"src/{Path.GetFileName(folder)}/README.md")
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Pages))]
    public void Every_code_block_of_a_page_compiles(string path) =>
        DocsCompiler.FindErrors(MarkdownPage.Load(path)).ShouldBeEmpty();

    [TestCaseSource(nameof(Pages))]
    public void Every_link_of_a_page_leads_somewhere(string path)
    {
        MarkdownPage.Load(path).Links
            .Where(link => !link.Target.StartsWith("https://", StringComparison.Ordinal))
            .Where(link => !LeadsSomewhere(path, link.Target))
            .Select(link => $"{path}:{link.Line}: {link.Target} is not there")
            .ShouldBeEmpty();
    }

    [Test]
    public void A_link_that_leads_nowhere_is_found()
    {
        LeadsSomewhere("README.md", "docs/stages.md#options").ShouldBeTrue();
        LeadsSomewhere("docs/stages.md", "retries.md").ShouldBeTrue();
        LeadsSomewhere("docs/stages.md", "README.md").ShouldBeFalse();
        LeadsSomewhere("README.md", "docs/stages.md#ants").ShouldBeFalse();
    }

    [Test]
    public void A_wrong_block_is_found_with_its_line()
    {
        var page = new MarkdownPage("seeded.md", """
            # A page

            <!-- prelude
            static Task<int> LengthAsync(string text) => Task.FromResult(text.Length);
            -->

            ```csharp
            using System.Text;
            int length = await LengthAsync(new StringBuilder("ant").ToString());
            ```

            ```csharp
            using System.Text;

            int length = await LengthAsync("ant");
            string wrong = length;
            ```

            ```csharp
            await AntsAsync();
            ```
            """);

        DocsCompiler.FindErrors(page).ShouldBe(
        [
            "seeded.md:16: CS0029: Cannot implicitly convert type 'int' to 'string'",
            "seeded.md:20: CS0103: The name 'AntsAsync' does not exist in the current context",
        ]);
    }

    [Test]
    public void A_wrong_prelude_is_found_with_its_line()
    {
        var page = new MarkdownPage("seeded.md", """
            <!-- prelude
            static Ant Find() => null!;
            -->
            ```csharp
            Console.WriteLine();
            ```
            """);

        DocsCompiler.FindErrors(page).ShouldHaveSingleItem().ShouldStartWith("seeded.md:2: CS0246");
    }

    [Test]
    public void A_link_is_found_outside_code_only()
    {
        var page = new MarkdownPage("seeded.md", """
            See [stages](stages.md#limits), [b](b.md) and <img src="pictures/flow.svg">.
            ```text
            [no](link.md)
            ```
            """);

        page.Links.ShouldBe([(1, "stages.md#limits"), (1, "b.md"), (1, "pictures/flow.svg")]);
    }

    [Test]
    public void A_block_without_an_end_is_refused() =>
        Should.Throw<FormatException>(() => new MarkdownPage("seeded.md", "text\n```csharp\nint x;")).Message.ShouldStartWith("seeded.md:2:");

    private static bool LeadsSomewhere(string from, string target)
    {
        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0 ? from : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(from)!, parts[0]));
        return Path.Exists(Path.Combine(Repository.Root, path)) && (parts.Length == 1 || MarkdownPage.Load(path).Anchors.Contains(parts[1]));
    }
}
