using Shouldly;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>What Consumers/Shared/CheckpointedRun.cs says of itself, however it was compiled.</summary>
internal static class CheckpointedRuns
{
    /// <summary>Runs the program twice on the same file: the first process stops after three items, and the second one finishes.</summary>
    public static async Task StopAndGoOnAsync(string program, params string[] arguments)
    {
        string folder = Workplace.NewFolder();
        string[] file = [.. arguments, Path.Combine(folder, "pages.db")];

        string[] stopped = Lines(await Workplace.RunAsync(folder, program, [.. file, "stop"]));
        string[] finished = Lines(await Workplace.RunAsync(folder, program, [.. file, "go on"]));

        stopped[^1].ShouldStartWith("succeeded 3, resumed 0, stopped True");
        finished[^1].ShouldMatch("^succeeded 10, resumed ([3-9]|10), stopped False, sum 55$");
        // No stage of an item has run twice.
        stopped.Concat(finished).Where(line => line.StartsWith("fetch ", StringComparison.Ordinal) || line.StartsWith("measure ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(1, 10).SelectMany(number => new[] { $"fetch {number}", $"measure {number}" }).Order(StringComparer.Ordinal));
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
