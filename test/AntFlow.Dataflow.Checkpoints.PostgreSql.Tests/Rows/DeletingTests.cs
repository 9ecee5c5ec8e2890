using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Rows;

/// <summary>A run is deleted in slices.</summary>
public sealed class DeletingTests
{
    private static readonly string[] _tables = ["runs", "openings", "items", "steps", "chunks", "onces", "marks"];

    [Test]
    public async Task Every_slice_is_small_and_nothing_is_left()
    {
        const int Items = (2 * RunDeletion.RowsOfSlice) + 100;
        await using TestStore store = await TestStore.OpenAsync();
        await FillAsync(store, "large", Items);
        await FillAsync(store, "other", 3);
        await store.ChangeAsync("""
            CREATE TABLE deletions (name text, count bigint, transaction xid8);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO deletions SELECT TG_TABLE_NAME, count(*), pg_current_xact_id() FROM gone; RETURN NULL; END $$;
            CREATE TRIGGER note AFTER DELETE ON items REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note();
            CREATE TRIGGER note AFTER DELETE ON steps REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note();
            CREATE TRIGGER note AFTER DELETE ON chunks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note();
            """);

        (await store.Store.DeleteRunAsync("large")).ShouldBeTrue();

        (await store.AskAsync<long>("SELECT max(count) FROM deletions WHERE name <> 'chunks'")).ShouldBe(RunDeletion.RowsOfSlice);
        (await store.AskAsync<long>("SELECT max(count) FROM deletions WHERE name = 'chunks'")).ShouldBeLessThan(100);
        (await store.AskAsync<long>("SELECT sum(count) FROM deletions WHERE name = 'items'")).ShouldBe(Items);
        (await store.AskAsync<long>("SELECT count(*) - count(DISTINCT transaction) FROM deletions")).ShouldBe(0);
        (await store.CountAsync("items")).ShouldBe(3);
        (await store.CountAsync("steps")).ShouldBe(3);
        (await store.CountAsync("runs")).ShouldBe(1);
        (await store.CountAsync("openings")).ShouldBe(1);
        (await store.CountAsync("chunks")).ShouldBe(100);
        (await store.CountAsync("onces")).ShouldBe(100);
    }

    [Test]
    public async Task A_run_that_is_opened_while_it_is_being_deleted_is_a_new_one()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await FillAsync(store, "run", 10);
        // The deletion stands still while it holds the row of the run.
        await store.ChangeAsync("""
            CREATE TABLE doors (name text);
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                WHILE NOT EXISTS (SELECT FROM doors) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN NULL; END $$;
            CREATE TRIGGER wait BEFORE DELETE ON openings FOR EACH STATEMENT EXECUTE FUNCTION wait();
            """);
        Task<bool> deleting = store.Store.DeleteRunAsync("run").AsTask();
        while (await store.AskAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'DELETE FROM openings%'") == 0)
            deleting.IsCompleted.ShouldBeFalse();
        Task<PostgreSqlCheckpointRun> opening = store.OpenRunAsync("run");
        // It has found the run by its name, and waits for its row.
        while (await store.AskAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT FROM runs WHERE number%'") == 0)
            opening.IsCompleted.ShouldBeFalse();
        await store.ChangeAsync("INSERT INTO doors VALUES ('open')");

        await using PostgreSqlCheckpointRun opened = await opening.InTime();
        opened.StoredItems.ShouldBe(0);
        await opened.WriteAsync(Some.Batch(opened, 100, 5));
        (await deleting.InTime()).ShouldBeTrue();
        (await opened.ReadItemsAsync().ToListAsync()).Count.ShouldBe(5);
        await opened.WriteAsync(Some.Batch(opened, 200, 5));
    }

    [Test]
    public async Task What_a_crash_leaves_is_nobodys_and_is_deleted_by_the_next_call([Values("other", "unknown", "run")] string next)
    {
        await using TestStore store = await TestStore.OpenAsync();
        await FillAsync(store, "run", 10);
        await FillAsync(store, "other", 1);
        // The first slice cannot be deleted: so ends a process that crashes after the name is gone.
        await store.ChangeAsync("""
            CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'crash'; END $$;
            CREATE TRIGGER crash BEFORE DELETE ON steps FOR EACH STATEMENT EXECUTE FUNCTION crash();
            """);
        await Should.ThrowAsync<Npgsql.PostgresException>(async () => await store.Store.DeleteRunAsync("run"));

        (await store.CountAsync("items")).ShouldBe(11);
        (await store.Store.FindRunAsync("run")).ShouldBeNull();
        (await store.Store.FindItemAsync("run", "n:0")).ShouldBeNull();
        (await store.Store.ReadItemsAsync("run").ToListAsync()).ShouldBeEmpty();
        (await store.Store.ReadStepsAsync("run", "n:0").ToListAsync()).ShouldBeEmpty();
        (await store.Store.ReadRunsAsync().ToListAsync()).Select(run => run.RunId).ShouldBe(["other"]);
        await store.ChangeAsync("DROP TRIGGER crash ON steps");

        await store.Store.DeleteRunAsync(next);
        await store.Store.DeleteRunAsync("other");

        foreach (string table in _tables)
            (await store.CountAsync(table)).ShouldBe(0, table);
    }

    [Test]
    public async Task A_run_of_the_same_name_does_not_get_what_is_left()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await FillAsync(store, "run", 10);
        await store.ChangeAsync(@"UPDATE runs SET run_id = '\deleted ' || number, epoch = NULL");

        await using (PostgreSqlCheckpointRun run = await store.OpenRunAsync())
        {
            run.StoredItems.ShouldBe(0);
            await run.WriteAsync(Some.Batch(run, 0, 2));
            await store.Store.DeleteRunAsync("another");
            (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(2);
            (await store.CountAsync("items")).ShouldBe(2);
        }
    }

    [Test]
    public async Task A_run_may_be_called_what_a_deleted_one_is_called()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await FillAsync(store, @"\deleted 1", 2);
        await FillAsync(store, "other", 1);

        await store.Store.DeleteRunAsync("other");

        (await store.Store.ReadItemsAsync(@"\deleted 1").ToListAsync()).Count.ShouldBe(2);
        (await store.Store.DeleteRunAsync(@"\deleted 1")).ShouldBeTrue();
        (await store.CountAsync("items")).ShouldBe(0);
    }

    [Test]
    public async Task An_owner_who_comes_back_after_the_deletion_writes_nothing()
    {
        await using TestStore store = await TestStore.OpenAsync();
        await using PostgreSqlCheckpointRun lost = await store.OpenRunAsync();
        await store.ExpireAsync();

        (await store.Store.DeleteRunAsync("run")).ShouldBeTrue();

        await Should.ThrowAsync<LeaseLostException>(async () => await lost.WriteAsync(Some.Batch(lost, 0, 2)));
        (await store.CountAsync("items")).ShouldBe(0);
    }

    [Test]
    public async Task Two_that_delete_at_once_are_done_both()
    {
        await using TestStore store = await TestStore.OpenAsync();
        for (int round = 0; round < 5; round++)
        {
            foreach (string runId in (string[])["a", "b"])
                await FillAsync(store, runId, 300);

            bool[] deleted = await Task.WhenAll(((string[])["a", "b", "a", "b"]).Select(runId => Task.Run(() => store.Store.DeleteRunAsync(runId).AsTask())));

            deleted.Count(isDeleted => isDeleted).ShouldBe(2);
            foreach (string table in _tables)
                (await store.CountAsync(table)).ShouldBe(0, table);
        }
    }

    private static async Task FillAsync(TestStore store, string runId, int items)
    {
        await using PostgreSqlCheckpointRun run = await store.OpenRunAsync(runId);
        CheckpointBatch batch = Some.Batch(run, 0, items);
        await run.WriteAsync(batch with
        {
            Chunks = [.. Enumerable.Range(0, 100).Select(index => new StoredChunk { Item = batch.Items[index % items].Key, StageIndex = 0, Index = index, Data = new byte[10] })],
            Onces = [.. Enumerable.Range(0, 100).Select(index => new StoredOnce { Item = batch.Items[index % items].Key, Stage = "A", Key = $"{index}" })],
        });
        await run.MarkStartedAsync(0, 1, "n:0");
    }
}
