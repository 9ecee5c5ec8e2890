using System.Text.RegularExpressions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

/// <summary>The code of the pages is the code that is run here: what stands between <c>// sample: name</c> and <c>// end</c> in this folder.</summary>
public sealed partial class PageTests
{
    private static readonly string _root = FindRoot();

    [Test]
    public void The_code_of_the_pages_is_the_code_of_the_tests()
    {
        Dictionary<string, string> page = SamplesOf(File.ReadAllText(Path.Combine(_root, "docs", "testing.md")) + File.ReadAllText(Path.Combine(_root, "docs", "recipes.md")));
        Dictionary<string, string> run = Directory.EnumerateFiles(Path.Combine(_root, "test", "AntFlow.Dataflow.Testing.Tests", "Samples"), "*.cs")
            .SelectMany(file => RegionsOf(File.ReadAllText(file))).ToDictionary(StringComparer.Ordinal);

        page.Keys.ShouldBe(run.Keys, ignoreOrder: true);
        foreach ((string name, string code) in run)
            page[name].ShouldBe(code, name);
    }

    [Test]
    public void Each_block_of_the_page_of_testing_is_a_sample()
    {
        string text = File.ReadAllText(Path.Combine(_root, "docs", "testing.md"));

        SamplesOf(text).Count.ShouldBe(text.Split("```csharp").Length - 1);
    }

    [Test]
    public void A_difference_is_found()
    {
        Dictionary<string, string> page = SamplesOf("<!-- sample: a -->\n```csharp\nusing System;\n\nint x = 1;\n    int y = 2;\n```\n");

        page["a"].ShouldBe("int x = 1;\n    int y = 2;");
        RegionsOf("    // sample: a\n    int x = 1;\n        int y = 2;\n    // end\n").ShouldBe([new("a", "int x = 1;\n    int y = 2;")]);
    }

    /// <summary>The blocks of pages by their names, without the usings they begin with.</summary>
    private static Dictionary<string, string> SamplesOf(string page) =>
        Block().Matches(page.ReplaceLineEndings("\n")).ToDictionary(
            match => match.Groups["name"].Value, match => Using().Replace(match.Groups["code"].Value, string.Empty).Trim('\n'), StringComparer.Ordinal);

    /// <summary>The marked lines of a file by their names, moved to the left.</summary>
    private static IEnumerable<KeyValuePair<string, string>> RegionsOf(string file) =>
        Region().Matches(file.ReplaceLineEndings("\n")).Select(match =>
        {
            string margin = match.Groups["margin"].Value;
            IEnumerable<string> lines = match.Groups["code"].Value.TrimEnd('\n').Split('\n').Select(line => line.StartsWith(margin, StringComparison.Ordinal) ? line[margin.Length..] : line);
            return new KeyValuePair<string, string>(match.Groups["name"].Value, string.Join('\n', lines));
        });

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AntFlow.Dataflow.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    [GeneratedRegex(@"<!-- sample: (?<name>[\w-]+) -->\n```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using [\w.]+;\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Using();

    [GeneratedRegex(@"^(?<margin> *)// sample: (?<name>[\w-]+)\n(?<code>.*?)^ *// end$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Region();
}
