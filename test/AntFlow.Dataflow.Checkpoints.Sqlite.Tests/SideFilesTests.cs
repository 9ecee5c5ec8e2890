using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>The file next to the database that says who owns a run, and what he is running.</summary>
public sealed class SideFilesTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [Test]
    public async Task A_deleted_run_leaves_no_side_file()
    {
        await using (SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database))
        {
            await (await store.OpenRunAsync("../gone")).DisposeAsync();
            _folder.Files.ShouldContain("test.db-run-1");
            await store.DeleteRunAsync("../gone");
        }

        _folder.Files.ShouldBe(["test.db"]);
    }

    [Test]
    public async Task Who_finds_a_file_held_that_is_deleted_in_the_same_moment_has_found_a_held_file_and_no_error()
    {
        string path = _folder["test.db-run-1"];
        using var isOver = new ManualResetEventSlim();
        // He holds it and deletes it, as one who deletes a run does, as often as he can.
        Task owner = Task.Run(() =>
        {
            while (!isOver.IsSet)
                LockAndDelete();
        });
        int held = 0;
        try
        {
            for (int i = 0; i < 20_000; i++)
            {
                if (!LockAndDelete())
                    held++;
            }
        }
        finally
        {
            isOver.Set();
            await owner;
        }

        held.ShouldBeGreaterThan(0);

        bool LockAndDelete()
        {
            using RunFile? file = RunFile.TryLock(path, [1]);
            if (file is not null)
                File.Delete(path);
            return file is not null;
        }
    }

    [Test]
    public async Task A_run_has_one_owner_whatever_its_file_is_called()
    {
        File.CreateSymbolicLink(_folder["second.db"], _folder["first.db"]);
        File.CreateSymbolicLink(_folder["first.db"], _folder.Database);
        await using SqliteCheckpointStore linked = await SqliteCheckpointStore.OpenAsync(_folder["second.db"]);
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await linked.OpenRunAsync("run");

        await Should.ThrowAsync<RunOwnedException>(async () => await store.OpenRunAsync("run"));
        _folder.Files.ShouldContain("test.db-run-1");
    }

    [Test]
    public async Task A_run_that_was_given_up_leaves_a_small_one()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using (ICheckpointRun run = await store.OpenRunAsync("run"))
        {
            for (int slot = 0; slot < 1000; slot++)
                await run.MarkStartedAsync(slot, 0, $"n:{slot}");
        }

        new FileInfo(_folder["test.db-run-1"]).Length.ShouldBe(512);
    }

    [Test]
    public async Task Deaths_after_which_the_marks_are_counted_do_not_make_it_grow()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        for (int death = 0; death < 30; death++)
        {
            ICheckpointRun run = await store.OpenRunAsync("run");
            await run.ForgetInterruptedAsync();
            for (int slot = 0; slot < 10; slot++)
                await run.MarkStartedAsync(slot, 0, $"n:{slot}");
            ((SqliteCheckpointRun)run).SimulateCrash();
        }

        new FileInfo(_folder["test.db-run-1"]).Length.ShouldBeLessThan(512 * 25);
    }

    [Test]
    public async Task A_planned_end_whose_note_is_torn_or_damaged_counts_as_a_crash()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        ICheckpointRun run = await store.OpenRunAsync("run");
        await run.MarkStartedAsync(0, 0, "n:0");
        await run.MarkPlannedEndAsync(isPlanned: true);
        ((SqliteCheckpointRun)run).SimulateCrash();
        byte[] whole = await File.ReadAllBytesAsync(_folder["test.db-run-1"]);
        // The epoch is small: its last bytes are zeros anyway.
        int last = Array.FindLastIndex(whole[..512], value => value != 0);
        for (int at = 500; at < 512; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 4;
            await File.WriteAllBytesAsync(_folder["test.db-run-1"], damaged);
            (await InterruptedAsync(store)).ShouldBe((1, 0), $"byte {at}");
            await File.WriteAllBytesAsync(_folder["test.db-run-1"], [.. whole[..at], .. new byte[512 - at], .. whole[512..]]);
            if (at <= last)
                (await InterruptedAsync(store)).ShouldBe((1, 0), $"torn at {at}");
        }

        await File.WriteAllBytesAsync(_folder["test.db-run-1"], whole);
        (await InterruptedAsync(store)).ShouldBe((0, 1));
    }

    private static async Task<(int Crashed, int Planned)> InterruptedAsync(SqliteCheckpointStore store)
    {
        var run = (SqliteCheckpointRun)await store.OpenRunAsync("run");
        (int, int) found = (run.Interrupted.Count, run.InterruptedAsPlanned.Count);
        run.SimulateCrash();
        return found;
    }

    [Test]
    public async Task An_id_that_is_too_long_is_refused()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");

        (await Should.ThrowAsync<ArgumentException>(async () => await run.MarkStartedAsync(0, 0, new string('x', StartMark.MaxIdBytes + 1)))).Message.ShouldContain("481 bytes");
        await Should.ThrowAsync<ArgumentException>(async () => await run.MarkStartedAsync(-1, 0, "n:1"));
    }

    [Test]
    public async Task Who_has_given_a_run_up_notes_nothing_more()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        ICheckpointRun run = await store.OpenRunAsync("run");
        await run.MarkStartedAsync(0, 0, "n:0");
        await run.DisposeAsync();

        run.MarkEnded(0);
        await Should.ThrowAsync<LeaseLostException>(async () => await run.MarkStartedAsync(0, 0, "n:1"));
    }

    [Test]
    public async Task Runs_that_are_deleted_and_opened_at_once_have_one_owner_at_a_time()
    {
        SqliteCheckpointStore[] stores = [await SqliteCheckpointStore.OpenAsync(_folder.Database), await SqliteCheckpointStore.OpenAsync(_folder.Database)];
        int owners = 0, opened = 0;

        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            for (int round = 0; round < 40; round++)
            {
                try
                {
                    await using ICheckpointRun run = await stores[worker % 2].OpenRunAsync("run");
                    Interlocked.Increment(ref owners).ShouldBe(1);
                    await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0, $"s:{worker}-{round}")] });
                    Interlocked.Increment(ref opened);
                    Interlocked.Decrement(ref owners);
                }
                catch (RunOwnedException)
                {
                }

                try
                {
                    if (worker < 2)
                        await stores[worker].DeleteRunAsync("run");
                }
                catch (RunOwnedException)
                {
                }
            }
        }))).InTime();

        opened.ShouldBeGreaterThan(0);
        foreach (SqliteCheckpointStore store in stores)
        {
            await store.ReadRunsAsync().ToListAsync();
            await store.DisposeAsync();
        }

        _folder.Files.Count(file => file!.Contains("-run-", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(1);
    }

    [Test]
    public async Task Listing_the_runs_keeps_nobody_from_opening_one()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await (await store.OpenRunAsync("run")).DisposeAsync();
        using var ending = new CancellationTokenSource();
        Task listing = Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested)
                await store.ReadRunsAsync().ToListAsync();
        });

        for (int round = 0; round < 200; round++)
            await (await store.OpenRunAsync("run")).DisposeAsync();

        await ending.CancelAsync();
        await listing.InTime();
    }

    [Test]
    public async Task A_deletion_that_was_broken_off_is_finished_by_the_next()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        foreach (string runId in (string[])["first", "second"])
        {
            await using ICheckpointRun run = await store.OpenRunAsync(runId);
            StoredItem item = Rows.Item(run, 0);
            await run.WriteAsync(new CheckpointBatch { Items = [item], Steps = [Rows.Step(item, -1)], Chunks = [Rows.Chunk(item, -1, 0, 1)], Onces = [Rows.Once(item, "A", "pay")] });
        }

        await store.Writer.UseAsync(database => database.Execute("DELETE FROM runs WHERE run_id = 'first'"));
        await store.DeleteRunAsync("second");

        foreach (string table in (string[])["runs", "epochs", "items", "steps", "chunks", "onces"])
            await store.Writer.UseAsync(database => database.Ask($"SELECT count(*) FROM {table}").ShouldBe("0", table));
    }

    [Test]
    public async Task A_large_run_is_deleted_in_slices()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        for (int opening = 0; opening < 2; opening++)
        {
            await using ICheckpointRun run = await store.OpenRunAsync("run");
            StoredItem[] items = [.. Enumerable.Range(0, 10_000).Select(number => Rows.Item(run, number, $"s:{opening}-{number}"))];
            await run.WriteAsync(new CheckpointBatch { Items = items, Steps = [.. items.Select(item => Rows.Step(item, -1))] });
        }

        (await store.DeleteRunAsync("run")).ShouldBeTrue();

        foreach (string table in (string[])["runs", "epochs", "items", "steps"])
            await store.Writer.UseAsync(database => database.Ask($"SELECT count(*) FROM {table}").ShouldBe("0", table));
    }
}
