using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>A sentence is found by those words alone that are really said: by the compiler to the code above it, or by the product.</summary>
public sealed class TroubleshootingPageTests
{
    private const string Compiler = "Compiler errors";
    private const string Nothing = "Problems without a message";

    private static readonly MarkdownPage _page = MarkdownPage.Load("docs/troubleshooting.md");
    private static readonly IReadOnlyList<PageSection> _sections = PageSection.Of(File.ReadAllText(Path.Combine(Repository.Root, "docs", "troubleshooting.md")));

    private static IEnumerable<TestCaseData> CompilerErrors => Cases(_sections.Where(section => section.Chapter == Compiler));

    private static IEnumerable<TestCaseData> Messages => Cases(
        _sections.Where(section => section.Chapter is not (Compiler or Nothing)).Concat(PageSection.Of(File.ReadAllText(Path.Combine(Repository.Root, "docs", "exceptions.md")))));

    [TestCaseSource(nameof(CompilerErrors))]
    public void The_compiler_says_what_the_page_says_it_does(PageSection section)
    {
        string[] errors = [.. section.Quoted.Where(IsError)];
        string code = string.Join('\n', section.Quoted.Where(line => !IsError(line)));

        ErrorsOf(code).ShouldBe(errors, ignoreOrder: true);
    }

    [TestCaseSource(nameof(Messages))]
    public void The_product_can_say_what_the_page_says_it_does(PageSection section) =>
        section.Quoted.Where(line => !ProductTexts.OfSource.CanSay(line)).ShouldBeEmpty();

    [Test]
    public void A_heading_is_a_part_of_what_is_quoted_below_it() =>
        _sections.Where(section => section.Chapter != Nothing).Where(section => !IsQuoted(section)).Select(section => section.Heading).ShouldBeEmpty();

    [Test]
    public void Every_section_says_the_cause_and_the_remedy() =>
        _sections
            .Where(section => !section.Text.Contains("**Cause:**", StringComparison.Ordinal) || !section.Text.Contains("**Remedy:**", StringComparison.Ordinal))
            .Select(section => section.Heading)
            .ShouldBeEmpty();

    [TestCase("The run takes no more items: it was completed, halted or canceled. 0 items of this call were accepted.")]
    [TestCase("Stage 'Fetch': Workers is 0; it has to be at least 1. Use workers: or StageOptions.Workers.")]
    [TestCase("Run nightly: the store was given up; what could not be saved is lost")]
    public void A_sentence_that_is_not_said_is_found(string sentence) => ProductTexts.OfSource.CanSay(sentence).ShouldBeFalse();

    [Test]
    public void A_text_with_holes_is_known_by_its_constant_parts()
    {
        var texts = new ProductTexts(["""class A { string X(int n) => $"The ant {n} carries '{n + 1}' crumbs home."; [LoggerMessage(1, LogLevel.Warning, "Ant {Name} is late again")] void Log() { } }"""]);

        texts.CanSay("The ant 5 carries '6' crumbs home.").ShouldBeTrue();
        texts.CanSay("Ant Berta is late again").ShouldBeTrue();
        texts.CanSay("The ant 5 carries '6' crumbs away.").ShouldBeFalse();
        texts.CanSay("The ant 5 carries '6' crumbs home. And a long story is told about it, which nothing in the code tells.").ShouldBeFalse();
    }

    private static IEnumerable<TestCaseData> Cases(IEnumerable<PageSection> sections) =>
        sections.Where(section => section.Quoted.Count > 0).Select(section => new TestCaseData(section).SetArgDisplayNames(section.Heading));

    private static bool IsError(string line) => line.StartsWith("CS", StringComparison.Ordinal) && line.Length > 6 && line[6] == ':';

    /// <summary>The errors of the code next to what the page declares, without their places, each once.</summary>
    private static IEnumerable<string> ErrorsOf(string code)
    {
        string preludes = string.Concat(_page.Preludes.Select(prelude => $"<!-- prelude\n{prelude.Code}\n-->\n"));
        return DocsCompiler.FindErrors(new MarkdownPage("page.md", $"{preludes}```csharp\n{code}\n```\n"))
            .Select(error => error.Split(": ", 2)[1])
            // Nullness is a warning, and the class is that of the tests.
            .Where(error => !error.StartsWith("CS86", StringComparison.Ordinal))
            .Select(error => error.Replace("CodeOfPage.", string.Empty, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);
    }

    // What is left out of a heading is three dots.
    private static bool IsQuoted(PageSection section) => section.Quoted.Any(line =>
    {
        int from = 0;
        foreach (string part in section.Heading.Split("..."))
        {
            int at = line.IndexOf(part, from, StringComparison.Ordinal);
            if (at < 0)
                return false;
            from = at + part.Length;
        }

        return true;
    });
}
