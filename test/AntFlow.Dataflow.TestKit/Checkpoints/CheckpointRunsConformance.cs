using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>Runs come, are known again, are listed, and go.</summary>
public abstract class CheckpointRunsConformance<TPlace> : CheckpointStoreConformance<TPlace>
    where TPlace : CheckpointPlace, new()
{
    [Test]
    public async Task A_run_nobody_has_opened_yet_is_opened_empty()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("new");

        run.Description.ShouldBeNull();
        run.StoredItems.ShouldBe(0);
        run.Interrupted.ShouldBeEmpty();
        (await run.ReadItemsAsync().ToListAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task A_run_id_of_a_thousand_bytes_is_stored_and_a_longer_one_is_refused_with_its_length()
    {
        string longest = new('☾', StoredRun.MaxRunIdBytes / 3);
        longest += "x";
        await WithRunAsync(longest, async run => await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] }));

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().RunId.ShouldBe(longest);
        (await Should.ThrowAsync<ArgumentException>(async () => await Store.OpenRunAsync(longest + "y"))).Message.ShouldStartWith(
            $"The run id '{longest[..40]}...' has 1001 bytes in UTF-8; with checkpoints at most 1000 are allowed.");
    }

    [Test]
    public async Task A_known_run_is_opened_with_what_was_stored()
    {
        await WithRunAsync("known", async run => await run.WriteAsync(new CheckpointBatch
        {
            Description = "Fetch > Parse",
            Items = [Rows.Item(run, 0), Rows.Item(run, 1)],
        }));

        await using ICheckpointRun again = await Store.OpenRunAsync("known");

        again.Description.ShouldBe("Fetch > Parse");
        again.StoredItems.ShouldBe(2);
    }

    [Test]
    public async Task Everything_is_there_when_the_store_is_opened_from_scratch()
    {
        StoredItem item = null!;
        await WithRunAsync("known", async run =>
        {
            item = Rows.Item(run, 0, stage: 1);
            await run.WriteAsync(new CheckpointBatch
            {
                Description = "Fetch > Parse",
                Items = [item],
                Steps = [Rows.Step(item, -1, "in"), Rows.Step(item, 0, "out")],
                Chunks = [Rows.Chunk(item, 0, 0, 1, 2, 3)],
                Onces = [Rows.Once(item, "A", "pay")],
            });
        });

        await ReopenTheStoreAsync();

        await using ICheckpointRun again = await Store.OpenRunAsync("known");
        again.Description.ShouldBe("Fetch > Parse");
        again.StoredItems.ShouldBe(1);
        Rows.TextOf((await again.FindItemAsync(item.Id))?.LastStep).ShouldBe("out");
        Rows.TextOf(await again.FindStepAsync(item.Key, -1)).ShouldBe("in");
        (await again.ReadChunksAsync(item.Key, 0)).ShouldHaveSingleItem().Data.ToArray().ShouldBe([1, 2, 3]);
        (await again.ReadOncesAsync(item.Key)).ShouldHaveSingleItem().Key.ShouldBe("pay");
    }

    [Test]
    public async Task Epochs_rise_over_all_runs_and_all_openings()
    {
        List<long> epochs = [];
        foreach (string runId in (string[])["a", "b", "a", "a", "c", "b"])
            await WithRunAsync(runId, run => Noted(run.Epoch));
        await ReopenTheStoreAsync();
        await Store.DeleteRunAsync("b");
        foreach (string runId in (string[])["b", "a"])
            await WithRunAsync(runId, run => Noted(run.Epoch));

        epochs.ShouldBeInOrder();
        epochs.ShouldBeUnique();
        epochs.ShouldAllBe(epoch => epoch >= 1 && epoch <= int.MaxValue);

        Task Noted(long epoch)
        {
            epochs.Add(epoch);
            return Task.CompletedTask;
        }
    }

    [TestCase("plain")]
    [TestCase("it's \"quoted\"; DROP TABLE runs --")]
    [TestCase("../up/and\\down")]
    [TestCase("夜 ☾ 🌙")]
    [TestCase("%_*?[]")]
    [TestCase(" spaces around ")]
    [TestCase("line\nbreak\ttab")]
    public async Task Any_text_names_a_run(string runId)
    {
        await StoreAsync(runId, "s:x");
        await ReopenTheStoreAsync();

        await using ICheckpointRun again = await Store.OpenRunAsync(runId);

        again.StoredItems.ShouldBe(1);
        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().RunId.ShouldBe(runId);
    }

    [Test]
    public async Task The_name_of_a_run_may_be_long()
    {
        string runId = new('x', 1000);
        await StoreAsync(runId, "s:x");

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().RunId.ShouldBe(runId);
    }

    [TestCase("a", "A")]
    [TestCase("a", "a ")]
    [TestCase("\u00e9", "e\u0301")]
    [TestCase("a/b", "a_b")]
    public async Task Names_of_runs_are_told_apart_to_the_letter(string first, string second)
    {
        await using ICheckpointRun one = await Store.OpenRunAsync(first);
        await using ICheckpointRun two = await Store.OpenRunAsync(second);
        await one.WriteAsync(new CheckpointBatch { Items = [Rows.Item(one, 0, "s:x")] });

        (await two.FindItemAsync("s:x")).ShouldBeNull();
        (await Store.ReadRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe([first, second]);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" ")]
    public async Task A_run_has_to_have_a_name(string? runId) =>
        await Should.ThrowAsync<ArgumentException>(async () => await Store.OpenRunAsync(runId!));

    [Test]
    public async Task A_canceled_opening_opens_nothing()
    {
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.OpenRunAsync("run", new CancellationToken(canceled: true)));

        await using ICheckpointRun run = await Store.OpenRunAsync("run");
    }

    [Test]
    public async Task Runs_are_listed_in_the_order_in_which_they_were_first_opened()
    {
        foreach (string runId in (string[])["second", "first", "zeta", "alpha", "second", "first"])
            await StoreAsync(runId);

        (await Store.ReadRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe(["second", "first", "zeta", "alpha"]);
    }

    [Test]
    public async Task A_listed_run_counts_its_items_as_they_are_now()
    {
        await StoreAsync("other", "n:7");
        await using ICheckpointRun run = await Store.OpenRunAsync("counted");
        await run.WriteAsync(new CheckpointBatch { Items = [.. Enumerable.Range(0, 10).Select(number => Rows.Item(run, number))] });
        await run.WriteAsync(new CheckpointBatch
        {
            Items =
            [
                Rows.Item(run, 0) with { State = StoredItemState.Succeeded },
                Rows.Item(run, 1) with { State = StoredItemState.Failed },
                Rows.Item(run, 2) with { State = StoredItemState.Failed },
                .. Enumerable.Range(3, 3).Select(number => Rows.Item(run, number) with { State = StoredItemState.Canceled }),
            ],
        });

        StoredRun listed = (await Store.ReadRunsAsync().ToListAsync()).Single(listed => listed.RunId == "counted");

        (listed.Unfinished, listed.Succeeded, listed.Failed, listed.Canceled).ShouldBe((4, 1, 2, 3));
    }

    [Test]
    public async Task A_listed_run_says_what_it_is()
    {
        DateTimeOffset created = default;
        await WithRunAsync("run", async _ => created = (await Store.ReadRunsAsync().ToListAsync()).Single().CreatedAt);
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Description = "Fetch > Parse" });

        StoredRun listed = (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem();

        listed.Epoch.ShouldBe(run.Epoch);
        listed.Description.ShouldBe("Fetch > Parse");
        listed.CreatedAt.ShouldBe(created);
        listed.WrittenAt.ShouldBeGreaterThanOrEqualTo(created);
    }

    [Test]
    public async Task One_run_is_found_as_it_is_listed_but_without_counts()
    {
        await StoreAsync("other", "n:7");
        await StoreAsync("run", "n:1", "n:2");
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Description = "Fetch > Parse ☾" });
        StoredRun listed = (await Store.ReadRunsAsync().ToListAsync()).Single(listed => listed.RunId == "run");

        StoredRun found = (await Store.FindRunAsync("run")).ShouldNotBeNull();

        (found.Unfinished, found.Succeeded, found.Failed, found.Canceled).ShouldBe((StoredRun.NotCounted, StoredRun.NotCounted, StoredRun.NotCounted, StoredRun.NotCounted));
        found.Owner.ShouldNotBeNull();
        (found with { Unfinished = 2, Succeeded = 0, Failed = 0, Canceled = 0 }).ShouldBe(listed);
        (await Store.FindRunAsync("Run")).ShouldBeNull();
        (await Store.FindRunAsync("unknown")).ShouldBeNull();
        await run.DisposeAsync();
        (await Store.FindRunAsync("run")).ShouldNotBeNull().Owner.ShouldBeNull();
    }

    [Test]
    public async Task A_deleted_run_is_not_found_and_may_be_made_anew()
    {
        await StoreAsync("run", "n:1");
        await StoreAsync("other", "n:1");

        await Store.DeleteRunAsync("run");

        (await Store.FindRunAsync("run")).ShouldBeNull();
        (await Store.FindItemAsync("run", "n:1")).ShouldBeNull();
        (await Store.FindItemAsync("other", "n:1")).ShouldNotBeNull();
        await StoreAsync("run", "n:2");
        (await Store.FindItemAsync("run", "n:1")).ShouldBeNull();
        (await Store.FindItemAsync("run", "n:2")).ShouldNotBeNull();
        (await Store.ReadRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe(["other", "run"]);
    }

    [Test]
    public async Task A_listed_run_names_its_owner_if_it_has_one()
    {
        await using (await Store.OpenRunAsync("run"))
            (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldNotBeNull().ShouldContain($"process {Environment.ProcessId}");

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBeNull();
    }

    [Test]
    public async Task A_listed_run_whose_owner_has_died_has_none()
    {
        await DieInAsync("run", _ => Task.CompletedTask);

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBeNull();
    }

    [Test]
    public async Task A_run_is_deleted_with_everything_of_it()
    {
        StoredItem item = null!;
        await DieInAsync("gone", async run =>
        {
            item = Rows.Item(run, 0, stage: 1);
            await run.WriteAsync(new CheckpointBatch
            {
                Description = "Fetch > Parse",
                Items = [item],
                Steps = [Rows.Step(item, 0)],
                Chunks = [Rows.Chunk(item, 0, 0, 1)],
                Onces = [Rows.Once(item, "A", "pay")],
            });
            await run.MarkStartedAsync(0, 1, item.Id);
        });

        (await Store.DeleteRunAsync("gone")).ShouldBeTrue();

        (await Store.ReadRunsAsync().ToListAsync()).ShouldBeEmpty();
        (await Store.ReadItemsAsync("gone").ToListAsync()).ShouldBeEmpty();
        await using ICheckpointRun again = await Store.OpenRunAsync("gone");
        (again.Description, again.StoredItems, again.Interrupted.Count).ShouldBe((null, 0, 0));
        (await again.FindItemAsync(item.Id)).ShouldBeNull();
        (await again.FindStepAsync(item.Key, 0)).ShouldBeNull();
        (await again.ReadChunksAsync(item.Key, 0)).ShouldBeEmpty();
        (await again.ReadOncesAsync(item.Key)).ShouldBeEmpty();
    }

    [Test]
    public async Task Deleting_a_run_leaves_the_others_as_they_are()
    {
        await StoreAsync("kept", "s:x", "s:y");
        await StoreAsync("gone", "s:x", "s:z");
        await StoreAsync("kept", "s:w");

        await Store.DeleteRunAsync("gone");

        (await Store.ReadItemsAsync("kept").ToListAsync()).Select(item => item.Id).ShouldBe(["s:x", "s:y", "s:w"]);
        (await Store.DeleteRunAsync("gone")).ShouldBeFalse();
    }

    [Test]
    public async Task There_is_nothing_to_delete_of_an_unknown_run() => (await Store.DeleteRunAsync("unknown")).ShouldBeFalse();

    [Test]
    public async Task A_run_that_is_owned_is_not_deleted()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });

        RunOwnedException refused = await Should.ThrowAsync<RunOwnedException>(async () => await Store.DeleteRunAsync("run"));

        refused.Owner.ShouldContain($"process {Environment.ProcessId}");
        (await run.FindItemAsync("n:0")).ShouldNotBeNull();
    }
}
