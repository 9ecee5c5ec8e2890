using System.Globalization;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>A job of large values, for a test that measures the memory it takes: two stages hand on a text of a million characters each, a third one takes its length.</summary>
internal static class LargeValues
{
    private const int Characters = 1_000_000;

    /// <summary>Runs the job, and says the peak of the resident memory in bytes.</summary>
    /// <param name="path">The file of the store.</param>
    /// <param name="items">How many items.</param>
    /// <param name="maxSaving"><see cref="CheckpointOptions.MaxSaving"/>; 0 for the default.</param>
    public static async Task RunAsync(string path, int items, int maxSaving)
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(path);
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, string>("First", number => new string((char)('a' + (number % 26)), Characters), workers: 8)
            .Then("Second", text => new string(char.ToUpperInvariant(text[0]), Characters), workers: 8)
            .Then("Third", text => text.Length, workers: 8)
            .IdentifyBy(number => number)
            .WithCheckpoints(store, maxSaving == 0 ? new CheckpointOptions() : new CheckpointOptions { MaxSaving = maxSaving })
            .Build();
        Console.WriteLine("begins");
        PipelineReport<int> report = await pipeline.RunAsync(Enumerable.Range(0, items), new RunOptions { RunId = "large", CollectResults = false });
        string peak = (await File.ReadAllLinesAsync("/proc/self/status")).Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        long kilobytes = long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        Console.WriteLine($"{report.SucceededCount} {kilobytes * 1024} {report.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)}");
    }
}
