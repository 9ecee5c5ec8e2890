using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>A run has one owner at a time, and an owner that has lost its run writes nothing more.</summary>
internal sealed class OwnershipCases(OpenedFixture opened)
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.A_run_has_one_owner_and_the_error_of_the_next_one_names_it()),
        Case(c => c.A_run_has_one_owner_over_all_openings_of_the_store()),
        Case(c => c.Of_many_that_open_a_run_at_once_one_gets_it()),
        Case(c => c.A_refused_opening_does_the_owner_no_harm()),
        Case(c => c.A_run_that_was_given_up_is_free()),
        Case(c => c.A_run_whose_owner_has_died_is_free()),
        Case(c => c.An_owner_holds_the_run()),
        Case(c => c.Waiting_for_a_run_that_is_held_ends_at_once_on_any_thread()),
        Case(c => c.Waiting_for_a_run_obeys_its_token()),
        Case(c => c.An_owner_that_has_lost_its_run_to_another_finds_that_out_instead_of_waiting()),
        Case(c => c.A_run_may_be_given_up_twice()),
        Case(c => c.An_owner_that_has_given_its_run_up_writes_nothing_more()),
        Case(c => c.An_owner_that_has_lost_its_run_to_another_writes_nothing_more()),
        Case(c => c.An_owner_that_has_lost_its_run_to_another_gives_up_nothing_of_the_other()),
        Case(c => c.Runs_of_one_store_are_written_at_once()),
    ];

    private ICheckpointStore Store => opened.Store;

    public async Task A_run_has_one_owner_and_the_error_of_the_next_one_names_it()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        RunOwnedException refused = await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));

        refused.RunId.ShouldBe("run");
        refused.Owner.ShouldContain($"process {Environment.ProcessId}");
        refused.Owner.ShouldContain(Environment.MachineName);
    }

    public async Task A_run_has_one_owner_over_all_openings_of_the_store()
    {
        ICheckpointStore other = await opened.OpenAnotherStoreAsync();
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        await Should.ThrowAsync<RunOwnedException>(async () => await other.OpenRunAsync("run"));
        await Should.ThrowAsync<RunOwnedException>(async () => await other.DeleteRunAsync("run"));
    }

    public async Task Of_many_that_open_a_run_at_once_one_gets_it()
    {
        await opened.StoreAsync("run");

        ICheckpointRun?[] runs = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            try
            {
                return await Store.OpenRunAsync("run");
            }
            catch (RunOwnedException)
            {
                return null;
            }
        })));

        await using ICheckpointRun run = runs.OfType<ICheckpointRun>().ShouldHaveSingleItem();
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });
    }

    public async Task A_refused_opening_does_the_owner_no_harm()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.MarkStartedAsync(0, 0, "n:0");
        await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));

        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });

        run.IsOwned.ShouldBeTrue();
        run.Lost.IsCancellationRequested.ShouldBeFalse();
        await opened.Fixture.CrashAsync(run);
        await using ICheckpointRun next = await Store.OpenRunAsync("run");
        next.Interrupted.ShouldBe([new StartMark(run.Epoch, 0, "n:0")]);
    }

    public async Task A_run_that_was_given_up_is_free()
    {
        await opened.StoreAsync("run", "s:x");

        await using ICheckpointRun next = await Store.OpenRunAsync("run");

        next.StoredItems.ShouldBe(1);
    }

    public async Task A_run_whose_owner_has_died_is_free()
    {
        ICheckpointRun dead = await opened.CrashInAsync("run", async run => await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] }));

        await using ICheckpointRun next = await Store.OpenRunAsync("run");

        next.StoredItems.ShouldBe(1);
        next.Epoch.ShouldBeGreaterThan(dead.Epoch);
    }

    public async Task An_owner_holds_the_run()
    {
        ICheckpointRun run = await Store.OpenRunAsync("run");

        run.IsOwned.ShouldBeTrue();
        await OpenedFixture.WaitUntilOwnedAsync(run).InTime();
        run.Lost.IsCancellationRequested.ShouldBeFalse();

        await run.DisposeAsync();
        run.IsOwned.ShouldBeFalse();
        (await OpenedFixture.WaitUntilOwnedAsync(run).CatchAsync<LeaseLostException>()).RunId.ShouldBe("run");
    }

    public async Task Waiting_for_a_run_that_is_held_ends_at_once_on_any_thread()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        run.ReportTroubleTo(error => throw new InvalidOperationException("Nothing fails here.", error));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await run.WaitUntilOwnedAsync()))).InTime();

        run.IsOwned.ShouldBeTrue();
    }

    public async Task Waiting_for_a_run_obeys_its_token()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        await Should.ThrowAsync<OperationCanceledException>(async () => await run.WaitUntilOwnedAsync(new CancellationToken(canceled: true)));

        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });
    }

    public async Task An_owner_that_has_lost_its_run_to_another_finds_that_out_instead_of_waiting()
    {
        ICheckpointRun lost = await opened.CrashInAsync("run", _ => Task.CompletedTask);
        await using ICheckpointRun owner = await Store.OpenRunAsync("run");

        await Should.ThrowAsync<LeaseLostException>(async () => await lost.WriteAsync(new CheckpointBatch { Items = [Rows.Item(lost, 0)] }));

        (await OpenedFixture.WaitUntilOwnedAsync(lost).CatchAsync<LeaseLostException>()).RunId.ShouldBe("run");
        lost.IsOwned.ShouldBeFalse();
        await OpenedFixture.WaitUntilOwnedAsync(owner).InTime();
    }

    public async Task A_run_may_be_given_up_twice()
    {
        ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.DisposeAsync();
        await using ICheckpointRun next = await Store.OpenRunAsync("run");

        await run.DisposeAsync();

        next.IsOwned.ShouldBeTrue();
        await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));
    }

    public async Task An_owner_that_has_given_its_run_up_writes_nothing_more()
    {
        ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.DisposeAsync();

        LeaseLostException refused = await Should.ThrowAsync<LeaseLostException>(async () => await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] }));

        refused.RunId.ShouldBe("run");
        (await Store.ReadItemsAsync("run").ToListAsync()).ShouldBeEmpty();
    }

    public async Task An_owner_that_has_lost_its_run_to_another_writes_nothing_more()
    {
        StoredItem item = null!;
        ICheckpointRun lost = await opened.CrashInAsync("run", async run =>
        {
            item = Rows.Item(run, 0);
            await run.WriteAsync(new CheckpointBatch { Description = "before", Items = [item] });
        });
        await using ICheckpointRun owner = await Store.OpenRunAsync("run");

        LeaseLostException refused = await Should.ThrowAsync<LeaseLostException>(async () => await lost.WriteAsync(new CheckpointBatch
        {
            Description = "after",
            Items = [item with { Priority = 99 }, Rows.Item(lost, 1)],
            Steps = [Rows.Step(item, -1)],
            Chunks = [Rows.Chunk(item, -1, 0, 1)],
            Onces = [Rows.Once(item, "A", "pay")],
        }));

        refused.RunId.ShouldBe("run");
        (await owner.ReadItemsAsync().ToListAsync()).ShouldHaveSingleItem().Priority.ShouldBe(0);
        (await owner.FindStepAsync(item.Key, -1)).ShouldBeNull();
        (await owner.ReadChunksAsync(item.Key, -1)).ShouldBeEmpty();
        (await owner.ReadOncesAsync(item.Key)).ShouldBeEmpty();
        (await Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Description.ShouldBe("before");
    }

    public async Task An_owner_that_has_lost_its_run_to_another_gives_up_nothing_of_the_other()
    {
        ICheckpointRun lost = await opened.CrashInAsync("run", _ => Task.CompletedTask);
        await using ICheckpointRun owner = await Store.OpenRunAsync("run");
        await owner.MarkStartedAsync(0, 0, "n:0");

        await lost.DisposeAsync();

        await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));
        await opened.Fixture.CrashAsync(owner);
        await using ICheckpointRun next = await Store.OpenRunAsync("run");
        next.Interrupted.ShouldBe([new StartMark(owner.Epoch, 0, "n:0")]);
    }

    public async Task Runs_of_one_store_are_written_at_once()
    {
        const int Runs = 6, Batches = 20;

        await Task.WhenAll(Enumerable.Range(0, Runs).Select(number => Task.Run(() => opened.WithRunAsync($"run {number}", async run =>
        {
            for (int batch = 0; batch < Batches; batch++)
                await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, batch)], Steps = [Rows.Step(Rows.Key(run, batch), -1, $"{number}")] });
        })))).InTime();

        for (int number = 0; number < Runs; number++)
        {
            List<StoredItem> items = await Store.ReadItemsAsync($"run {number}").ToListAsync();
            items.Select(item => item.Sequence).ShouldBe(Enumerable.Range(0, Batches).Select(batch => (long)batch));
            items.ShouldAllBe(item => Rows.TextOf(item.LastStep) == $"{number}");
        }
    }

    private static ConformanceCase Case(Func<OwnershipCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Ownership", opened => run(new OwnershipCases(opened)), call);
}
