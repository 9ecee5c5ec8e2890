using System.Diagnostics;
using AntFlow.Dataflow.TestKit;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>A disk that is really full: a small one in memory, which root may mount.</summary>
[Category("LinuxOnly")]
public sealed class FullDiskTests
{
    private readonly TemporaryFolder _folder = new();
    private bool _isMounted;

    [SetUp]
    public async Task Mount()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || await RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", Path.GetDirectoryName(_folder.Database)!) != 0)
            Assert.Ignore("Only root may mount a disk.");
        _isMounted = true;
    }

    [TearDown]
    public async Task Unmount()
    {
        if (_isMounted)
            await RunAsync("umount", "-l", Path.GetDirectoryName(_folder.Database)!);
        _folder.Dispose();
    }

    [Test]
    public async Task A_full_disk_is_said_and_the_batch_is_written_once_there_is_room()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        CheckpointBatch first = BatchOf(run, 0), second = BatchOf(run, 10);
        await run.WriteAsync(first);
        Fill();

        for (int attempt = 0; attempt < 3; attempt++)
            (await Should.ThrowAsync<SqliteException>(async () => await run.WriteAsync(second))).SqliteErrorCode.ShouldBeOneOf(10, 13);

        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(10);
        File.Delete(_folder["filler"]);
        await run.WriteAsync(second);
        (await run.ReadItemsAsync().ToListAsync()).Count(item => item.LastStep is not null).ShouldBe(20);
    }

    [Test]
    public async Task A_mark_for_which_there_is_no_room_is_an_error_and_not_the_end_of_the_process()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        ICheckpointRun run = await store.OpenRunAsync("run");
        await run.MarkStartedAsync(0, 0, "n:0");
        Fill();

        await Should.ThrowAsync<IOException>(async () => await run.MarkStartedAsync(5000, 0, "n:1"));
        await run.MarkStartedAsync(0, 1, "n:2");
        ((SqliteCheckpointRun)run).SimulateCrash();
        File.Delete(_folder["filler"]);

        await using ICheckpointRun next = await store.OpenRunAsync("run");
        next.Interrupted.ShouldBe([new StartMark(run.Epoch, 1, "n:2")]);
    }

    private static CheckpointBatch BatchOf(ICheckpointRun run, int first)
    {
        StoredItem[] items = [.. Enumerable.Range(first, 10).Select(number => Rows.Item(run, number))];
        return new CheckpointBatch { Items = items, Steps = [.. items.Select(item => Rows.Step(item, -1) with { Value = Rows.Bytes(10_000) })] };
    }

    private void Fill()
    {
        using var filler = new FileStream(_folder["filler"], FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                filler.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.WaitForExitAsync().InTime();
        return process.ExitCode;
    }
}
