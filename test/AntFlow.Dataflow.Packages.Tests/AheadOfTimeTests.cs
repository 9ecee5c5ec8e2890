using System.Text.RegularExpressions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>A program that is compiled ahead of time. What it does is in Consumers/Ahead.</summary>
public sealed partial class AheadOfTimeTests
{
    private const string Toolchain = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <UseCurrentRuntimeIdentifier>true</UseCurrentRuntimeIdentifier>
            <PublishAot>true</PublishAot>
          </PropertyGroup>
        </Project>
        """;

    [Test]
    public async Task A_program_with_checkpoints_is_compiled_ahead_of_time_without_a_warning_and_runs()
    {
        await SkipIfMissingAsync();
        string folder = Workplace.Consumer("Ahead");

        string output = await Workplace.RunAsync(folder, "dotnet", "publish", "-c", "Release", "--disable-build-servers", "-o", "out");

        Warning().Matches(output).Select(match => match.Value).ShouldBeEmpty();
        // It has no assembly beside it: all of it is in the program.
        Directory.EnumerateFiles(Path.Combine(folder, "out"), "*.dll").ShouldBeEmpty();
        await CheckpointedRuns.StopAndGoOnAsync(Path.Combine(folder, "out", "Ahead"));
    }

    /// <summary>Skips the test where there is no linker, or no compiler to be had, and says why. On a build server it fails: one that lacks them would go on for years without this test.</summary>
    private static async Task SkipIfMissingAsync()
    {
        if (await MissingBecauseAsync() is not { } why)
            return;
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
            Assert.Fail(why);
        Assert.Ignore(why);
    }

    private static async Task<string?> MissingBecauseAsync()
    {
        if (!OperatingSystem.IsMacOS() && !IsOnPath("clang") && !IsOnPath("gcc"))
            return "There is no linker for programs that are compiled ahead of time: apt-get install clang zlib1g-dev.";
        // The compiler comes as a package, and stays where this user's packages are: each run of the tests has ours anew, and this one as it was.
        string folder = Workplace.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "Toolchain.csproj"), Toolchain);
        (int code, string output, _) = await Workplace.TryAsync(folder, "dotnet", "restore", "--disable-build-servers");
        return code == 0 ? null : $"The compiler for programs that are compiled ahead of time cannot be had:\n{output}";
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex(@"^.*(: warning|\bIL\d{4}\b).*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Warning();
}
