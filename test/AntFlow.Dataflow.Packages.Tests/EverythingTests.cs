using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>A program with all packages. What it does is in Consumers/Everything.</summary>
public sealed class EverythingTests
{
    [Test]
    public async Task All_packages_can_be_had_together_and_are_those_that_were_just_made()
    {
        string[] lines = Lines(await Workplace.RunAsync(Workplace.NewFolder(), "dotnet", Workplace.Everything, "packages"));

        lines.Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal).ShouldBe(PackageNames.All);
        lines.ShouldAllBe(line => line.Split(' ', 2)[1].StartsWith(Workplace.Version, StringComparison.Ordinal));
    }

    [Test]
    public async Task A_run_with_checkpoints_goes_on_where_it_was_stopped() =>
        await CheckpointedRuns.StopAndGoOnAsync("dotnet", Workplace.Everything, "checkpoints");

    [Test]
    public async Task A_dashboard_writes_plain_lines_where_the_output_is_redirected()
    {
        string output = await Workplace.RunAsync(Workplace.NewFolder(), "dotnet", Workplace.Everything, "dashboard");

        output.ShouldContain("10 of 10 (100 %)");
        output.ShouldContain("10 succeeded, 0 failed, 0 canceled");
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
