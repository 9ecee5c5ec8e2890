using System.Numerics;
using AntFlow.Dataflow.TestKit;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>A damaged file is said to be one, or gives rows whose checksums tell; it never hangs, and never gives a wrong value as a right one.</summary>
public sealed class DamageTests
{
    private const int Count = 300;
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [Test]
    public async Task Flipped_bits_never_pass_as_right()
    {
        byte[] whole = await MakeFileAsync();
        var random = new Random(4711);
        int told = 0, wrong = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            byte[] damaged = [.. whole];
            for (int flips = 0; flips < 1 + (trial % 4); flips++)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            (bool isNotified, int wrongRows) = await ReadAsync(damaged);
            told += isNotified ? 1 : 0;
            wrong += wrongRows > 0 ? 1 : 0;
        }

        TestContext.Out.WriteLine($"told {told}, rows with wrong checksums in {wrong}");
        wrong.ShouldBeGreaterThan(50);
    }

    [Test]
    public async Task Overwritten_pages_never_pass_as_right()
    {
        byte[] whole = await MakeFileAsync();
        var random = new Random(42);
        int told = 0;
        for (int page = 0; page < whole.Length / 4096; page++)
        {
            byte[] damaged = [.. whole];
            Span<byte> target = damaged.AsSpan(page * 4096, 4096);
            if (page % 3 == 0)
                random.NextBytes(target);
            else if (page % 3 == 1)
                target.Clear();
            else
                whole.AsSpan(random.Next(whole.Length / 4096) * 4096, 4096).CopyTo(target);
            told += (await ReadAsync(damaged)).IsTold ? 1 : 0;
        }

        told.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task A_file_that_was_cut_never_passes_as_right()
    {
        byte[] whole = await MakeFileAsync();
        List<int> untold = [];
        foreach (int length in Enumerable.Range(0, 40).Select(part => (int)((long)whole.Length * part / 40)).Concat([1, 15, 16, 99, 100, 4095, 4096, 4097, whole.Length - 1]))
        {
            if (!(await ReadAsync(whole[..length])).IsTold)
                untold.Add(length);
        }

        // To SQLite a file of a byte is as good as a new one, and a last page that is a byte short ends in a zero: the checksums of its rows know.
        untold.ShouldBe([0, 1, whole.Length - 1]);
    }

    [Test]
    public async Task Side_files_that_are_torn_or_of_something_else_are_ignored()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 60; trial++)
        {
            string file;
            await using (SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database))
            {
                ICheckpointRun dead = await store.OpenRunAsync("run");
                await dead.ForgetInterruptedAsync();
                for (int slot = 0; slot < 20; slot++)
                    await dead.MarkStartedAsync(slot, slot, $"n:{slot}");
                ((SqliteCheckpointRun)dead).SimulateCrash();
                file = _folder["test.db-run-1"];
            }

            byte[] bytes = await File.ReadAllBytesAsync(file);
            for (int flips = 0; flips < 5; flips++)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(file, trial % 5 == 4 ? bytes[..random.Next(bytes.Length)] : bytes);

            await using SqliteCheckpointStore again = await SqliteCheckpointStore.OpenAsync(_folder.Database);
            await using ICheckpointRun run = await again.OpenRunAsync("run");
            run.Interrupted.ShouldAllBe(mark => mark.Id == $"n:{mark.StageIndex}" && mark.StageIndex < 20 && mark.Epoch == run.Epoch - 1);
        }
    }

    /// <summary>Reads all there is of a damaged file, and writes to it. Checks that what has the right checksum has the right values.</summary>
    private async Task<(bool IsTold, int WrongRows)> ReadAsync(byte[] bytes)
    {
        string path = _folder["damaged.db"];
        foreach (string file in (string[])[path, path + "-wal", path + "-shm", path + "-run-1"])
            File.Delete(file);
        await File.WriteAllBytesAsync(path, bytes);
        int wrong = 0;
        try
        {
            await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(path);
            await foreach (StoredItem item in store.ReadItemsAsync("run"))
                wrong += Check(item) ? 0 : 1;
            await using ICheckpointRun run = await store.OpenRunAsync("run");
            for (int number = 0; number < Count; number += 7)
            {
                if (await run.FindItemAsync($"n:{number}") is { } found)
                    wrong += Check(found) ? 0 : 1;
            }

            await store.ReadRunsAsync().ToListAsync();
            await run.WriteAsync(new CheckpointBatch { Items = [.. Enumerable.Range(0, 50).Select(number => Rows.Item(run, number, $"new:{number}"))] });
            return (false, wrong);
        }
        catch (Exception error) when (error is InvalidDataException or SqliteException)
        {
            return (true, wrong);
        }
    }

    private static bool Check(StoredItem item)
    {
        if (item.Checksum != ChecksumOf(item) || item.LastStep is not { } step || step.Checksum != ChecksumOf(step))
            return false;

        // In a tree with a foreign page SQLite may find a step that is not the one asked for. Whole as it is, it says whose it is.
        if (step.Item != item.Key || step.StageIndex != item.StageIndex - 1)
            return false;
        item.Id.ShouldBe($"n:{item.Sequence}");
        step.Value.ToArray().ShouldBe(Rows.Bytes(100 + (int)item.Sequence));
        return true;
    }

    private async Task<byte[]> MakeFileAsync()
    {
        string path = _folder["whole.db"];
        await using (SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(path))
        {
            await using ICheckpointRun run = await store.OpenRunAsync("run");
            StoredItem[] items = [.. Enumerable.Range(0, Count).Select(number => Rows.Item(run, number, stage: 1) with { Metadata = Rows.Bytes(20) })];
            await run.WriteAsync(new CheckpointBatch
            {
                Items = [.. items.Select(item => item with { Checksum = ChecksumOf(item) })],
                Steps = [.. items.Select(item => Rows.Step(item, 0) with { Value = Rows.Bytes(100 + (int)item.Sequence) }).Select(step => step with { Checksum = ChecksumOf(step) })],
            });
        }

        return await File.ReadAllBytesAsync(path);
    }

    // The library has checksums of its own; these stand for them.
    private static uint ChecksumOf(StoredItem item)
    {
        uint crc = BitOperations.Crc32C(1u, (ulong)item.Key);
        foreach (char letter in item.Id)
            crc = BitOperations.Crc32C(crc, letter);
        foreach (long value in (long[])
            [item.Sequence, item.EntryStageIndex, item.StageIndex, (long)item.State, item.Priority, item.TaskIndex, item.Attempts, item.Crashes, item.CrashEpoch, item.Backoff.Ticks, item.StoredAt.Ticks])
            crc = BitOperations.Crc32C(crc, (ulong)value);
        crc = BitOperations.Crc32C(crc, (ulong)(item.NextAttemptAt?.Ticks ?? -1));
        return Add(Add(crc, item.Metadata.Span), item.Error.Span);
    }

    private static uint ChecksumOf(StoredStep step)
    {
        uint crc = BitOperations.Crc32C(2u, (ulong)step.Item);
        foreach (long value in (long[])[step.StageIndex, step.Chunks, step.Attempts, step.IsSkipped ? 1 : 0, step.IsNotified ? 1 : 0, step.FinishedAt.Ticks])
            crc = BitOperations.Crc32C(crc, (ulong)value);
        return Add(crc, step.Value.Span);
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}
