using System.Runtime;
using AntFlow.Dataflow.Checkpoints.Sqlite;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>Starts a finished run again, which must give all its results from the store, and compares that with a loop that reads as many.</summary>
internal sealed class ResumeRow(int items)
{
    private string? _folder;

    private string Ours => Path.Combine(_folder!, "ours.db");

    private string Bare => Path.Combine(_folder!, "bare.db");

    /// <summary>Writes the two files, once.</summary>
    public async Task PrepareAsync()
    {
        if (_folder is not null)
            return;
        _folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "checkpoints", Guid.NewGuid().ToString("N"))).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(_folder, recursive: true);
        await Survival.RunAsync(Ours, items, SqliteDurability.Normal);
        using var bare = new BareSqlite(Bare);
        bare.Write(Enumerable.Range(0, items).Select(x => Receipt.Of(x)), perTransaction: 10_000);
    }

    public async Task<double> MeasureAsync() => await Bracket.OfRuns(() => Task.Run(ReadBare), ResumeAsync).MeasureAsync();

    public async Task<double> MeasureMemoryAsync()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long before = Environment.WorkingSet;
        long highest = await ResumeAsync();
        return (highest - before) / (1024.0 * 1024.0);
    }

    private void ReadBare()
    {
        using var bare = new BareSqlite(Bare);
        Check(bare.Read());
    }

    private async Task<long> ResumeAsync()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(Ours);
        long sum = 0;
        long read = 0;
        long highest = 0;
        await foreach (PipelineResult<Receipt> result in Survival.Build(store).StreamAsync(Enumerable.Range(0, items).Select(x => (long)x), new RunOptions { RunId = "run" }))
        {
            sum += result.Value!.Number;
            if (++read % 50_000 == 0)
                highest = Math.Max(highest, Environment.WorkingSet);
        }

        Check(sum);
        return highest;
    }

    private void Check(long sum)
    {
        if (sum != (long)items * (items - 1) / 2)
            throw new InvalidOperationException($"The results add up to {sum}, which is wrong.");
    }
}
