using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>Runs are created, found again, listed, and deleted.</summary>
internal sealed class RunsCases(OpenedFixture opened)
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.A_run_that_was_never_opened_is_opened_empty()),
        Case(c => c.A_run_id_of_a_thousand_bytes_is_stored_and_a_longer_one_is_refused_with_its_length()),
        Case(c => c.A_known_run_is_opened_with_what_was_stored()),
        Case(c => c.Everything_is_there_when_the_store_is_opened_from_scratch()),
        Case(c => c.Epochs_rise_over_all_runs_and_all_openings()),
        Case(c => c.Any_text_names_a_run("plain")),
        Case(c => c.Any_text_names_a_run("it's \"quoted\"; DROP TABLE runs --")),
        Case(c => c.Any_text_names_a_run("../up/and\\down")),
        Case(c => c.Any_text_names_a_run("夜 ☾ 🌙")),
        Case(c => c.Any_text_names_a_run("%_*?[]")),
        Case(c => c.Any_text_names_a_run(" spaces around ")),
        Case(c => c.Any_text_names_a_run("line\nbreak\ttab")),
        Case(c => c.The_name_of_a_run_may_be_long()),
        Case(c => c.Names_of_runs_are_told_apart_to_the_letter("a", "A")),
        Case(c => c.Names_of_runs_are_told_apart_to_the_letter("a", "a ")),
        Case(c => c.Names_of_runs_are_told_apart_to_the_letter("\u00e9", "e\u0301")),
        Case(c => c.Names_of_runs_are_told_apart_to_the_letter("a/b", "a_b")),
        Case(c => c.A_run_has_to_have_a_name(null)),
        Case(c => c.A_run_has_to_have_a_name("")),
        Case(c => c.A_run_has_to_have_a_name(" ")),
        Case(c => c.A_canceled_opening_opens_nothing()),
        Case(c => c.Runs_are_listed_in_the_order_in_which_they_were_first_opened()),
        Case(c => c.A_listed_run_counts_its_items_as_they_are_now()),
        Case(c => c.A_listed_run_says_what_it_is()),
        Case(c => c.One_run_is_found_as_it_is_listed_but_without_counts()),
        Case(c => c.A_deleted_run_is_not_found_and_may_be_made_anew()),
        Case(c => c.A_listed_run_names_its_owner_if_it_has_one()),
        Case(c => c.A_listed_run_whose_owner_has_died_has_none()),
        Case(c => c.A_run_is_deleted_with_everything_of_it()),
        Case(c => c.Deleting_a_run_leaves_the_others_as_they_are()),
        Case(c => c.There_is_nothing_to_delete_of_an_unknown_run()),
        Case(c => c.A_run_that_is_owned_is_not_deleted()),
    ];

    private ICheckpointStore Store => opened.Store;

    public async Task A_run_that_was_never_opened_is_opened_empty()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("new");

        run.Description.ShouldBeNull();
        run.StoredItems.ShouldBe(0);
        run.Interrupted.ShouldBeEmpty();
        (await run.ReadItemsAsync().ToListAsync()).ShouldBeEmpty();
    }

    public async Task A_run_id_of_a_thousand_bytes_is_stored_and_a_longer_one_is_refused_with_its_length()
    {
        string longest = new('☾', StoredRun.MaxRunIdBytes / 3);
        longest += "x";
        await opened.WithRunAsync(longest, async run => await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] }));

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().RunId.ShouldBe(longest);
        (await Should.ThrowAsync<ArgumentException>(async () => await Store.OpenRunAsync(longest + "y"))).Message.ShouldStartWith(
            $"The run id '{longest[..40]}...' has 1001 bytes in UTF-8; with checkpoints at most 1000 are allowed.");
    }

    public async Task A_known_run_is_opened_with_what_was_stored()
    {
        await opened.WithRunAsync("known", async run => await run.WriteAsync(new CheckpointBatch
        {
            Description = "Fetch > Parse",
            Items = [Rows.Item(run, 0), Rows.Item(run, 1)],
        }));

        await using ICheckpointRun again = await Store.OpenRunAsync("known");

        again.Description.ShouldBe("Fetch > Parse");
        again.StoredItems.ShouldBe(2);
    }

    public async Task Everything_is_there_when_the_store_is_opened_from_scratch()
    {
        StoredItem item = null!;
        await opened.WithRunAsync("known", async run =>
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

        await opened.ReopenAsync();

        await using ICheckpointRun again = await Store.OpenRunAsync("known");
        again.Description.ShouldBe("Fetch > Parse");
        again.StoredItems.ShouldBe(1);
        Rows.TextOf((await again.FindItemAsync(item.Id))?.LastStep).ShouldBe("out");
        Rows.TextOf(await again.FindStepAsync(item.Key, -1)).ShouldBe("in");
        (await again.ReadChunksAsync(item.Key, 0)).ShouldHaveSingleItem().Data.ToArray().ShouldBe([1, 2, 3]);
        (await again.ReadOncesAsync(item.Key)).ShouldHaveSingleItem().Key.ShouldBe("pay");
    }

    public async Task Epochs_rise_over_all_runs_and_all_openings()
    {
        List<long> epochs = [];
        foreach (string runId in (string[])["a", "b", "a", "a", "c", "b"])
            await opened.WithRunAsync(runId, run => Noted(run.Epoch));
        await opened.ReopenAsync();
        await Store.DeleteRunAsync("b");
        foreach (string runId in (string[])["b", "a"])
            await opened.WithRunAsync(runId, run => Noted(run.Epoch));

        epochs.ShouldBeInOrder();
        epochs.ShouldBeUnique();
        epochs.ShouldAllBe(epoch => epoch >= 1 && epoch <= int.MaxValue);

        Task Noted(long epoch)
        {
            epochs.Add(epoch);
            return Task.CompletedTask;
        }
    }

    public async Task Any_text_names_a_run(string runId)
    {
        await opened.StoreAsync(runId, "s:x");
        await opened.ReopenAsync();

        await using ICheckpointRun again = await Store.OpenRunAsync(runId);

        again.StoredItems.ShouldBe(1);
        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().RunId.ShouldBe(runId);
    }

    public async Task The_name_of_a_run_may_be_long()
    {
        string runId = new('x', 1000);
        await opened.StoreAsync(runId, "s:x");

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().RunId.ShouldBe(runId);
    }

    public async Task Names_of_runs_are_told_apart_to_the_letter(string first, string second)
    {
        await using ICheckpointRun one = await Store.OpenRunAsync(first);
        await using ICheckpointRun two = await Store.OpenRunAsync(second);
        await one.WriteAsync(new CheckpointBatch { Items = [Rows.Item(one, 0, "s:x")] });

        (await two.FindItemAsync("s:x")).ShouldBeNull();
        (await Store.ReadRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe([first, second]);
    }

    public async Task A_run_has_to_have_a_name(string? runId) =>
        await Should.ThrowAsync<ArgumentException>(async () => await Store.OpenRunAsync(runId!));

    public async Task A_canceled_opening_opens_nothing()
    {
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.OpenRunAsync("run", new CancellationToken(canceled: true)));

        await using ICheckpointRun run = await Store.OpenRunAsync("run");
    }

    public async Task Runs_are_listed_in_the_order_in_which_they_were_first_opened()
    {
        foreach (string runId in (string[])["second", "first", "zeta", "alpha", "second", "first"])
            await opened.StoreAsync(runId);

        (await Store.ReadRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe(["second", "first", "zeta", "alpha"]);
    }

    public async Task A_listed_run_counts_its_items_as_they_are_now()
    {
        await opened.StoreAsync("other", "n:7");
        await using ICheckpointRun run = await Store.OpenRunAsync("counted");
        await run.WriteAsync(new CheckpointBatch { Items = [.. Enumerable.Range(0, 15).Select(number => Rows.Item(run, number))] });
        await run.WriteAsync(new CheckpointBatch
        {
            Items =
            [
                Rows.Item(run, 0) with { State = StoredItemState.Succeeded },
                Rows.Item(run, 1) with { State = StoredItemState.Failed },
                Rows.Item(run, 2) with { State = StoredItemState.Failed },
                .. Enumerable.Range(3, 3).Select(number => Rows.Item(run, number) with { State = StoredItemState.Canceled }),
                .. Enumerable.Range(6, 5).Select(number => Rows.Item(run, number) with { State = StoredItemState.Filtered }),
            ],
        });

        StoredRun listed = (await Store.ReadRunsAsync().ToListAsync()).Single(listed => listed.RunId == "counted");

        (listed.Unfinished, listed.Succeeded, listed.Failed, listed.Canceled, listed.Filtered).ShouldBe((4, 1, 2, 3, 5));
    }

    public async Task A_listed_run_says_what_it_is()
    {
        DateTimeOffset created = default;
        await opened.WithRunAsync("run", async _ => created = (await Store.ReadRunsAsync().ToListAsync()).Single().CreatedAt);
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Description = "Fetch > Parse" });

        StoredRun listed = (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem();

        listed.Epoch.ShouldBe(run.Epoch);
        listed.Description.ShouldBe("Fetch > Parse");
        listed.CreatedAt.ShouldBe(created);
        listed.WrittenAt.ShouldBeGreaterThanOrEqualTo(created);
    }

    public async Task One_run_is_found_as_it_is_listed_but_without_counts()
    {
        await opened.StoreAsync("other", "n:7");
        await opened.StoreAsync("run", "n:1", "n:2");
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Description = "Fetch > Parse ☾" });
        StoredRun listed = (await Store.ReadRunsAsync().ToListAsync()).Single(listed => listed.RunId == "run");

        StoredRun found = (await Store.FindRunAsync("run")).ShouldNotBeNull();

        ((long[])[found.Unfinished, found.Succeeded, found.Failed, found.Canceled, found.Filtered]).ShouldAllBe(count => count == StoredRun.NotCounted);
        found.Owner.ShouldNotBeNull();
        (found with { Unfinished = 2, Succeeded = 0, Failed = 0, Canceled = 0, Filtered = 0 }).ShouldBe(listed);
        (await Store.FindRunAsync("Run")).ShouldBeNull();
        (await Store.FindRunAsync("unknown")).ShouldBeNull();
        await run.DisposeAsync();
        (await Store.FindRunAsync("run")).ShouldNotBeNull().Owner.ShouldBeNull();
    }

    public async Task A_deleted_run_is_not_found_and_may_be_made_anew()
    {
        await opened.StoreAsync("run", "n:1");
        await opened.StoreAsync("other", "n:1");

        await Store.DeleteRunAsync("run");

        (await Store.FindRunAsync("run")).ShouldBeNull();
        (await Store.FindItemAsync("run", "n:1")).ShouldBeNull();
        (await Store.FindItemAsync("other", "n:1")).ShouldNotBeNull();
        await opened.StoreAsync("run", "n:2");
        (await Store.FindItemAsync("run", "n:1")).ShouldBeNull();
        (await Store.FindItemAsync("run", "n:2")).ShouldNotBeNull();
        (await Store.ReadRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe(["other", "run"]);
    }

    public async Task A_listed_run_names_its_owner_if_it_has_one()
    {
        await using (await Store.OpenRunAsync("run"))
            (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldNotBeNull().ShouldContain($"process {Environment.ProcessId}");

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBeNull();
    }

    public async Task A_listed_run_whose_owner_has_died_has_none()
    {
        await opened.CrashInAsync("run", _ => Task.CompletedTask);

        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBeNull();
    }

    public async Task A_run_is_deleted_with_everything_of_it()
    {
        StoredItem item = null!;
        await opened.CrashInAsync("gone", async run =>
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

    public async Task Deleting_a_run_leaves_the_others_as_they_are()
    {
        await opened.StoreAsync("kept", "s:x", "s:y");
        await opened.StoreAsync("gone", "s:x", "s:z");
        await opened.StoreAsync("kept", "s:w");

        await Store.DeleteRunAsync("gone");

        (await Store.ReadItemsAsync("kept").ToListAsync()).Select(item => item.Id).ShouldBe(["s:x", "s:y", "s:w"]);
        (await Store.DeleteRunAsync("gone")).ShouldBeFalse();
    }

    public async Task There_is_nothing_to_delete_of_an_unknown_run() => (await Store.DeleteRunAsync("unknown")).ShouldBeFalse();

    public async Task A_run_that_is_owned_is_not_deleted()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });

        RunOwnedException refused = await Should.ThrowAsync<RunOwnedException>(async () => await Store.DeleteRunAsync("run"));

        refused.Owner.ShouldContain($"process {Environment.ProcessId}");
        (await run.FindItemAsync("n:0")).ShouldNotBeNull();
    }

    private static ConformanceCase Case(Func<RunsCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Runs", opened => run(new RunsCases(opened)), call);
}
