using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>A run in the hands of a process that is killed, or stopped.</summary>
public sealed class OtherProcessesTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [Test]
    public async Task A_killed_owner_leaves_all_he_wrote_and_what_he_was_running_and_the_run_is_free_at_once()
    {
        using HeldRun held = await HeldRun.StartAsync(_folder.Database, "run", marks: 300);
        await held.WrittenAsync(20);
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await Should.ThrowAsync<RunOwnedException>(async () => await store.OpenRunAsync("run"));

        await held.KillAsync();

        await using ICheckpointRun run = await store.OpenRunAsync("run");
        run.Epoch.ShouldBeGreaterThan(held.Epoch);
        run.Interrupted.ShouldBe(Enumerable.Range(0, 300).Select(slot => new StartMark(held.Epoch, 1, $"n:{slot}")));
        List<StoredItem> items = await run.ReadItemsAsync().ToListAsync();
        items.Select(item => item.Sequence).ShouldBe(Enumerable.Range(0, items.Count).Select(number => (long)number));
        items.ShouldAllBe(item => item.LastStep != null);

        // One more may have been written, of which he could not tell any more.
        items.Count.ShouldBeInRange(held.Written + 1, held.Written + 2);
    }

    [Test]
    [Category("LinuxOnly")]
    public async Task A_stopped_owner_lives_and_is_named()
    {
        using HeldRun held = await HeldRun.StartAsync(_folder.Database, "run", marks: 1);
        await held.WrittenAsync(3);
        await held.StopAsync();
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);

        RunOwnedException refused = await Should.ThrowAsync<RunOwnedException>(async () => await store.OpenRunAsync("run"));

        refused.Owner.ShouldBe($"process {held.ProcessId} on {Environment.MachineName}");
        await Should.ThrowAsync<RunOwnedException>(async () => await store.DeleteRunAsync("run"));
        (await store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBe(refused.Owner);
        await held.GoOnAsync();
        await held.WrittenAsync(held.Written + 3);
        await Should.ThrowAsync<RunOwnedException>(async () => await store.OpenRunAsync("run"));
    }

    [Test]
    public async Task Another_run_of_the_file_is_written_meanwhile()
    {
        using HeldRun held = await HeldRun.StartAsync(_folder.Database, "theirs", marks: 1);
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("ours");

        for (int number = 0; number < 50; number++)
            await run.WriteAsync(new CheckpointBatch { Items = [new StoredItem { Key = (run.Epoch << 32) | (uint)number, Id = $"n:{number}" }] }).AsTask().InTime();
        await held.WrittenAsync(held.Written + 1);

        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(50);
    }

    [Test]
    public async Task Owners_who_are_killed_again_and_again_lose_nothing()
    {
        List<long> epochs = [];
        int written = 0;
        for (int death = 0; death < 5; death++)
        {
            using HeldRun held = await HeldRun.StartAsync(_folder.Database, "run", marks: 2);
            epochs.Add(held.Epoch);
            await held.WrittenAsync(5 * death);
            await held.KillAsync();
            written += held.Written + 1;
        }

        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        run.Interrupted.Select(mark => mark.Epoch).ShouldBe(epochs.SelectMany(epoch => new[] { epoch, epoch }));
        run.StoredItems.ShouldBeInRange(written, written + 5);
    }
}
