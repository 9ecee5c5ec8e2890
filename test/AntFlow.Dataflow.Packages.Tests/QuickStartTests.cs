using System.Text.RegularExpressions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Packages.Tests;

public sealed partial class QuickStartTests
{
    [Test]
    public async Task The_quick_start_of_the_README_runs_with_the_package()
    {
        await using var server = new LocalServer();
        string program = QuickStart();
        MatchCollection addresses = Address().Matches(program);
        addresses.Count.ShouldBeGreaterThanOrEqualTo(2);
        // The first address is one that answers, and the others are not there.
        program = Address().Replace(program, match => $"\"{new Uri(server.Address, match.Index == addresses[0].Index ? "page" : "missing")}\"");
        string folder = Workplace.Consumer("QuickStart");
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program);

        await Workplace.RunAsync(folder, "dotnet", "build", "-c", "Release", "--disable-build-servers", "-o", "out");
        string output = await Workplace.RunAsync(folder, "dotnet", Path.Combine("out", "QuickStart.dll"));

        output.ShouldContain("3 words");
        output.ShouldContain("404");
    }

    /// <summary>The first block of C# below the heading.</summary>
    private static string QuickStart()
    {
        string readme = File.ReadAllText(Path.Combine(Workplace.Root, "README.md"));
        Match block = Block().Match(readme, readme.IndexOf("## Quick start", StringComparison.Ordinal));
        block.Success.ShouldBeTrue();
        return block.Groups["code"].Value;
    }

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Block();

    [GeneratedRegex("\"https?://[^\"]*\"", RegexOptions.None, 10_000)]
    private static partial Regex Address();
}
