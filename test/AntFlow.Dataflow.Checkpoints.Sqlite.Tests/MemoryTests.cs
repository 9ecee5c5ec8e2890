using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>How much memory a job of large values takes, each measured in a process of its own.</summary>
/// <remarks><c>ANTFLOW_LONG=1</c> measures 1,500 items, each kind of run three times, and takes some ten minutes; else nothing is measured. When the collector comes to it is chance, so the
/// median counts. That the bytes are bounded is promised by tests of the core, without a measurement.</remarks>
[NonParallelizable]
[Category("LinuxOnly")]
public sealed class MemoryTests
{
    private const int Items = 1_500;
    private const int Runs = 3;
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [Test]
    public async Task Values_of_a_megabyte_take_little_more_memory_than_sixteen_at_a_time_and_a_store_that_stalls_changes_nothing()
    {
        if (Environment.GetEnvironmentVariable("ANTFLOW_LONG") != "1" || !OperatingSystem.IsLinux())
            Assert.Ignore("Measured with ANTFLOW_LONG=1, on Linux.");

        long few = await MeasureAsync("few", maxSaving: 16, stall: false);
        long many = await MeasureAsync("many", maxSaving: 0, stall: false);
        long stalled = await MeasureAsync("stalled", maxSaving: 0, stall: true);

        TestContext.Out.WriteLine($"MaxSaving = 16: {few >> 20} MB, default: {many >> 20} MB, default with a stall of 15 s: {stalled >> 20} MB");
        many.ShouldBeLessThan(Math.Min(800_000_000, few * 13 / 10));
        stalled.ShouldBeLessThan(Math.Min(800_000_000, few * 13 / 10));
    }

    /// <returns>The median of some runs.</returns>
    private async Task<long> MeasureAsync(string name, int maxSaving, bool stall)
    {
        List<long> peaks = [];
        for (int run = 0; run < Runs; run++)
            peaks.Add(await MeasureOnceAsync($"{name}-{run}", maxSaving, stall));
        peaks.Sort();
        TestContext.Out.WriteLine($"{name}: {string.Join(", ", peaks.Select(peak => $"{peak >> 20} MB"))}");
        return peaks[Runs / 2];
    }

    private async Task<long> MeasureOnceAsync(string name, int maxSaving, bool stall)
    {
        string program = typeof(MemoryTests).Assembly.Location.Replace("Sqlite.Tests", "Sqlite.Tests.Holder", StringComparison.Ordinal);
        string file = _folder[name + ".db"];
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [program, "large", file, Items.ToString(CultureInfo.InvariantCulture), maxSaving.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        (await process.StandardOutput.ReadLineAsync().InTime()).ShouldBe("begins");
        if (stall)
            await StallAsync(file);
        string[] said = (await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The job has ended without a word.")).Split(' ');
        await process.WaitForExitAsync();
        said[0].ShouldBe(Items.ToString(CultureInfo.InvariantCulture));
        return long.Parse(said[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Holds the write lock of the file, in the time of the other process.</summary>
    private static async Task StallAsync(string file)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False;Default Timeout=30");
        await connection.OpenAsync();
        await using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        await Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System);
        await transaction.RollbackAsync();
    }
}
