using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class DocsCompileTests
{
    private static IEnumerable<string> Pages => Checkout.Pages;

    [TestCaseSource(nameof(Pages))]
    public void Every_code_block_of_a_page_compiles(string path) =>
        DocsCompiler.FindErrors(MarkdownPage.Load(path)).ShouldBeEmpty();

    [TestCaseSource(nameof(Pages))]
    public void Every_link_of_a_page_leads_to_a_file(string path)
    {
        string folder = Path.GetDirectoryName(Checkout.Full(path))!;
        MarkdownPage.Load(path).Links
            .Where(link => !link.Target.StartsWith("https://", StringComparison.Ordinal) && !link.Target.StartsWith('#'))
            .Where(link => !Path.Exists(Path.Combine(folder, link.Target.Split('#')[0])))
            .Select(link => $"{path}:{link.Line}: {link.Target} is not there")
            .ShouldBeEmpty();
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
}
