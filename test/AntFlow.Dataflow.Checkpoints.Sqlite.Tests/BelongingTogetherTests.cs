using System.Diagnostics;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>Files that do not belong together are found, and nothing begins anew without a word.</summary>
[Category("LinuxOnly")]
public sealed class BelongingTogetherTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _copy = new();

    [TearDown]
    public void Leave()
    {
        _folder.Dispose();
        _copy.Dispose();
    }

    private void Copy(params string[] endings)
    {
        foreach (string ending in endings)
        {
            // .NET would ask for a lock that the owner of the run has.
            using Process copy = Process.Start("cp", [_folder.Database + ending, _copy.Database + ending]);
            copy.WaitForExit();
        }
    }

    private static async Task<ICheckpointRun> WriteAsync(SqliteCheckpointStore store, string runId, int items)
    {
        ICheckpointRun run = await store.OpenRunAsync(runId);
        for (int number = 0; number < items; number++)
            await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, number)] });
        return run;
    }

    [TestCase(SqliteDurability.Full)]
    [TestCase(SqliteDurability.Normal)]
    public async Task A_log_that_was_lost_is_said_and_the_files_are_left_as_they_are(SqliteDurability durability)
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database, new SqliteCheckpointOptions { Durability = durability });
        await using ICheckpointRun run = await WriteAsync(store, "run", items: 3);
        Copy("", "-run-1");
        byte[] before = await File.ReadAllBytesAsync(_copy.Database);
        byte[] side = await File.ReadAllBytesAsync(_copy.Database + "-run-1");
        before.Length.ShouldBeGreaterThan(4_096, "the tables are in the file, and not in its log alone");

        await using (SqliteCheckpointStore copy = await SqliteCheckpointStore.OpenAsync(_copy.Database))
        {
            InvalidDataException refused = await Should.ThrowAsync<InvalidDataException>(async () => await copy.OpenRunAsync("run"));
            refused.Message.ShouldStartWith($"The checkpoints in '{_copy.Database}' are older than the side file '{_copy.Database}-run-1': the side file was last written in opening 1, at ");
            refused.Message.ShouldEndWith(
                $"and the database has no record of its run. Its log '{_copy.Database}-wal' was lost, or the database is an older copy. "
                + "Put back the files that belong together; to continue with what the database has and repeat the rest, delete the side file.");
        }

        (await File.ReadAllBytesAsync(_copy.Database)).ShouldBe(before);
        (await File.ReadAllBytesAsync(_copy.Database + "-run-1")).ShouldBe(side);
        File.Delete(_copy.Database + "-run-1");
        await using SqliteCheckpointStore knowingly = await SqliteCheckpointStore.OpenAsync(_copy.Database);
        await using ICheckpointRun again = await knowingly.OpenRunAsync("run");
        again.StoredItems.ShouldBe(0);
    }

    [Test]
    public async Task A_copy_that_is_older_than_its_side_file_is_said()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await WriteAsync(store, "run", items: 3);
        Copy("", "-wal");
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 3)] });
        Copy("-run-1");

        await using SqliteCheckpointStore copy = await SqliteCheckpointStore.OpenAsync(_copy.Database);
        (await Should.ThrowAsync<InvalidDataException>(async () => await copy.OpenRunAsync("run"))).Message.ShouldContain("and the database ends with opening 1, written at ");
    }

    [Test]
    public async Task A_copy_of_all_files_goes_on()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await WriteAsync(store, "run", items: 3);
        await run.MarkStartedAsync(0, 0, "s:1");
        Copy("", "-wal", "-run-1");

        await using SqliteCheckpointStore copy = await SqliteCheckpointStore.OpenAsync(_copy.Database);
        await using ICheckpointRun again = await copy.OpenRunAsync("run");

        (again.StoredItems, again.Interrupted.Count).ShouldBe((3, 1));
    }

    [Test]
    public async Task A_clock_that_was_set_back_makes_nothing_older()
    {
        var time = new SteppedTime();
        var options = new SqliteCheckpointOptions { TimeProvider = time };
        await using (SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database))
            await (await WriteAsync(store, "run", items: 3)).DisposeAsync();

        // Decades earlier.
        for (int opening = 0; opening < 3; opening++)
        {
            await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database, options);
            await using ICheckpointRun run = await store.OpenRunAsync("run");
            await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, opening, $"s:{opening}-again")] });
            ((SqliteCheckpointRun)run).SimulateCrash();
        }
    }

    [Test]
    public async Task Side_files_without_their_database_are_said()
    {
        await using (SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database))
            await (await WriteAsync(store, "run", items: 3)).DisposeAsync();
        File.Delete(_folder.Database);

        for (int time = 0; time < 2; time++)
        {
            (await Should.ThrowAsync<InvalidDataException>(() => SqliteCheckpointStore.OpenAsync(_folder.Database))).Message.ShouldBe(
                $"'{_folder.Database}' contains no checkpoints, but its side file '{_folder.Database}-run-1' shows that it did: the file, or its log '{_folder.Database}-wal', was lost, replaced or moved "
                + "without the others. Put back the files that belong together; to start from scratch, delete the side files.");
        }

        File.Delete(_folder.Database + "-run-1");
        await (await SqliteCheckpointStore.OpenAsync(_folder.Database)).DisposeAsync();
    }

    [Test]
    public async Task A_database_that_was_replaced_by_another_one_is_said()
    {
        foreach (string path in (string[])[_folder.Database, _copy.Database])
        {
            await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(path);
            await (await WriteAsync(store, "run", items: 3)).DisposeAsync();
        }

        Copy("");

        await using SqliteCheckpointStore replaced = await SqliteCheckpointStore.OpenAsync(_copy.Database);
        (await Should.ThrowAsync<InvalidDataException>(async () => await replaced.OpenRunAsync("run"))).Message.ShouldStartWith(
            $"The side file '{_copy.Database}-run-1' belongs to another database than the one next to it");
    }

    [Test]
    public async Task A_file_with_two_names_is_refused()
    {
        await (await SqliteCheckpointStore.OpenAsync(_folder.Database)).DisposeAsync();
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Links are counted on Linux.");
        using Process link = Process.Start("ln", [_folder.Database, _folder["other.db"]]);
        await link.WaitForExitAsync().InTime();

        foreach (string path in (string[])[_folder.Database, _folder["other.db"]])
        {
            (await Should.ThrowAsync<IOException>(() => SqliteCheckpointStore.OpenAsync(path))).Message.ShouldBe(
                $"The file '{path}' has 2 names (hard links). A store has its log, its locks and its side files next to its name, so two programs that use two names would destroy it. Copy the file, and remove the other names.");
        }

        File.Delete(_folder["other.db"]);
        await (await SqliteCheckpointStore.OpenAsync(_folder.Database)).DisposeAsync();
    }

    [Test]
    public async Task A_file_that_is_a_mount_of_its_own_is_refused()
    {
        await (await SqliteCheckpointStore.OpenAsync(_folder.Database)).DisposeAsync();
        await File.WriteAllTextAsync(_copy.Database, "");

        string said = await OtherUser.RunAsync(
            "unshare", "-m", "sh", "-c", $"mount --bind '{_folder.Database}' '{_copy.Database}' && {OtherUser.Holder} try '{_copy.Database}' run");

        if (!said.Contains("store:", StringComparison.Ordinal))
            Assert.Ignore($"A file could not be mounted here: {said}");
        said.ShouldStartWith($"store: IOException: The file '{_copy.Database}' is a mount of its own.");
    }

    [Test]
    public async Task New_files_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("There are no such rights.");
            return;
        }

        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await WriteAsync(store, "run", items: 1);

        foreach (string ending in (string[])["", "-wal", "-shm", "-run-1"])
            File.GetUnixFileMode(_folder.Database + ending).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, ending);
    }
}
