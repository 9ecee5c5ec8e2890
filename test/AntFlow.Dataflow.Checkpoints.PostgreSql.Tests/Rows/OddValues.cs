using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Rows;

/// <summary>What this server is choosy about.</summary>
public sealed class OddValues
{
    [Test]
    public async Task What_text_cannot_hold_comes_back_as_it_was()
    {
        const string odd = "s:\0\\\uD83D";
        await using TestStore store = await TestStore.OpenAsync();
        await using (PostgreSqlCheckpointRun run = await store.OpenRunAsync(odd))
        {
            StoredItem item = Some.Item(run, 1, odd);
            await run.WriteAsync(new CheckpointBatch { Description = odd, Items = [item], Steps = [Some.Step(item)], Onces = [new StoredOnce { Item = item.Key, Stage = odd, Key = odd }] });
            await run.MarkStartedAsync(0, 0, odd);

            (await run.FindItemAsync(odd)).ShouldNotBeNull().Id.ShouldBe(odd);
            StoredOnce once = (await run.ReadOncesAsync(item.Key)).ShouldHaveSingleItem();
            (once.Stage, once.Key).ShouldBe((odd, odd));
            await run.SimulateCrashAsync();
            await store.ExpireAsync();
        }

        await using PostgreSqlCheckpointRun again = await store.OpenRunAsync(odd);
        again.Description.ShouldBe(odd);
        again.Interrupted.ShouldHaveSingleItem().Id.ShouldBe(odd);
        (await store.Store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().RunId.ShouldBe(odd);
        (await store.Store.ReadStepsAsync(odd, odd).ToListAsync()).ShouldHaveSingleItem();
    }

    [Test]
    public async Task A_key_that_is_longer_than_an_index_takes_is_told_from_another()
    {
        string key = string.Concat(Enumerable.Range(0, 4_000).Select(number => $"{number:x}"));
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        StoredOnce once = new() { Item = 1, Stage = "A", Key = key, State = StoredOnceState.Begun };

        await run.WriteAsync(new CheckpointBatch { Onces = [once, once with { Key = key + "!" }] });
        await run.WriteAsync(new CheckpointBatch { Onces = [once with { State = StoredOnceState.Answered }] });

        (await run.ReadOncesAsync(1)).Select(read => (read.Key, read.State)).ShouldBe([(key, StoredOnceState.Answered), (key + "!", StoredOnceState.Begun)], ignoreOrder: true);
    }

    [Test]
    public async Task Instants_of_the_library_can_be_read_by_people()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        var at = new DateTimeOffset(2026, 2, 3, 4, 5, 6, 789, TimeSpan.FromHours(2));
        await run.WriteAsync(new CheckpointBatch { Items = [Some.Item(run, 1) with { StoredAt = at, NextAttemptAt = DateTimeOffset.MaxValue }] });

        (await store.AskAsync<string>("SELECT (at(stored_at) AT TIME ZONE 'UTC')::text FROM items")).ShouldBe("2026-02-03 02:05:06.789");
        StoredItem item = (await run.ReadItemsAsync().ToListAsync()).ShouldHaveSingleItem();
        (item.StoredAt, item.NextAttemptAt).ShouldBe((at, DateTimeOffset.MaxValue));
    }

    [Test]
    public async Task Items_come_in_pages_and_none_is_left_out()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync();
        await run.WriteAsync(Some.Batch(run, 0, 4_000));

        (await run.ReadItemsAsync().ToListAsync()).Select(item => item.Sequence).ShouldBe(Enumerable.Range(0, 4_000).Select(number => (long)number));
    }
}
