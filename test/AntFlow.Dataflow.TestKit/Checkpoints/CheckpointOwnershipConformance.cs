using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>A run has one owner at a time, and one who is it no more writes nothing.</summary>
public abstract class CheckpointOwnershipConformance<TPlace> : CheckpointStoreConformance<TPlace>
    where TPlace : CheckpointPlace, new()
{
    [Test]
    public async Task A_run_has_one_owner_and_the_next_one_is_told_who()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        RunOwnedException refused = await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));

        refused.RunId.ShouldBe("run");
        refused.Owner.ShouldContain($"process {Environment.ProcessId}");
        refused.Owner.ShouldContain(Environment.MachineName);
    }

    [Test]
    public async Task A_run_has_one_owner_over_all_openings_of_the_store()
    {
        ICheckpointStore other = await OpenAnotherStoreAsync();
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        await Should.ThrowAsync<RunOwnedException>(async () => await other.OpenRunAsync("run"));
        await Should.ThrowAsync<RunOwnedException>(async () => await other.DeleteRunAsync("run"));
    }

    [Test]
    public async Task Of_many_who_open_a_run_at_once_one_gets_it()
    {
        await StoreAsync("run");

        ICheckpointRun?[] opened = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
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

        await using ICheckpointRun run = opened.OfType<ICheckpointRun>().ShouldHaveSingleItem();
        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });
    }

    [Test]
    public async Task A_refused_opening_does_the_owner_no_harm()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.MarkStartedAsync(0, 0, "n:0");
        await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));

        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });

        run.IsHeld.ShouldBeTrue();
        run.Lost.IsCancellationRequested.ShouldBeFalse();
        await Place.DieAsync(run);
        await using ICheckpointRun next = await Store.OpenRunAsync("run");
        next.Interrupted.ShouldBe([new StartMark(run.Epoch, 0, "n:0")]);
    }

    [Test]
    public async Task A_run_that_was_given_up_is_free()
    {
        await StoreAsync("run", "s:x");

        await using ICheckpointRun next = await Store.OpenRunAsync("run");

        next.StoredItems.ShouldBe(1);
    }

    [Test]
    public async Task A_run_whose_owner_has_died_is_free()
    {
        ICheckpointRun dead = await DieInAsync("run", async run => await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] }));

        await using ICheckpointRun next = await Store.OpenRunAsync("run");

        next.StoredItems.ShouldBe(1);
        next.Epoch.ShouldBeGreaterThan(dead.Epoch);
    }

    [Test]
    public async Task An_owner_holds_the_run()
    {
        ICheckpointRun run = await Store.OpenRunAsync("run");

        run.IsHeld.ShouldBeTrue();
        await run.WaitUntilHeldAsync().AsTask().InTime();
        run.Lost.IsCancellationRequested.ShouldBeFalse();

        await run.DisposeAsync();
        run.IsHeld.ShouldBeFalse();
        (await run.WaitUntilHeldAsync().AsTask().CatchAsync<LeaseLostException>()).RunId.ShouldBe("run");
    }

    [Test]
    public async Task Waiting_for_a_run_that_is_held_ends_at_once_whoever_asks()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");
        run.ReportTroubleTo(error => throw new InvalidOperationException("Nothing fails here.", error));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await run.WaitUntilHeldAsync()))).InTime();

        run.IsHeld.ShouldBeTrue();
    }

    [Test]
    public async Task Waiting_for_a_run_obeys_its_token()
    {
        await using ICheckpointRun run = await Store.OpenRunAsync("run");

        await Should.ThrowAsync<OperationCanceledException>(async () => await run.WaitUntilHeldAsync(new CancellationToken(canceled: true)));

        await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] });
    }

    [Test]
    public async Task Who_has_lost_a_run_to_somebody_else_finds_that_out_instead_of_waiting()
    {
        ICheckpointRun lost = await DieInAsync("run", _ => Task.CompletedTask);
        await using ICheckpointRun owner = await Store.OpenRunAsync("run");

        await Should.ThrowAsync<LeaseLostException>(async () => await lost.WriteAsync(new CheckpointBatch { Items = [Rows.Item(lost, 0)] }));

        (await lost.WaitUntilHeldAsync().AsTask().CatchAsync<LeaseLostException>()).RunId.ShouldBe("run");
        lost.IsHeld.ShouldBeFalse();
        await owner.WaitUntilHeldAsync().AsTask().InTime();
    }

    [Test]
    public async Task A_run_may_be_given_up_twice()
    {
        ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.DisposeAsync();
        await using ICheckpointRun next = await Store.OpenRunAsync("run");

        await run.DisposeAsync();

        next.IsHeld.ShouldBeTrue();
        await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));
    }

    [Test]
    public async Task Who_has_given_a_run_up_writes_nothing_more()
    {
        ICheckpointRun run = await Store.OpenRunAsync("run");
        await run.DisposeAsync();

        LeaseLostException refused = await Should.ThrowAsync<LeaseLostException>(async () => await run.WriteAsync(new CheckpointBatch { Items = [Rows.Item(run, 0)] }));

        refused.RunId.ShouldBe("run");
        (await Store.ReadItemsAsync("run").ToListAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task Who_has_lost_a_run_to_somebody_else_writes_nothing_more()
    {
        StoredItem item = null!;
        ICheckpointRun lost = await DieInAsync("run", async run =>
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

    [Test]
    public async Task Who_has_lost_a_run_to_somebody_else_gives_up_nothing_of_his()
    {
        ICheckpointRun lost = await DieInAsync("run", _ => Task.CompletedTask);
        await using ICheckpointRun owner = await Store.OpenRunAsync("run");
        await owner.MarkStartedAsync(0, 0, "n:0");

        await lost.DisposeAsync();

        await Should.ThrowAsync<RunOwnedException>(async () => await Store.OpenRunAsync("run"));
        await Place.DieAsync(owner);
        await using ICheckpointRun next = await Store.OpenRunAsync("run");
        next.Interrupted.ShouldBe([new StartMark(owner.Epoch, 0, "n:0")]);
    }

    [Test]
    public async Task Runs_of_one_store_are_written_at_once()
    {
        const int Runs = 6, Batches = 20;

        await Task.WhenAll(Enumerable.Range(0, Runs).Select(number => Task.Run(() => WithRunAsync($"run {number}", async run =>
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
}
