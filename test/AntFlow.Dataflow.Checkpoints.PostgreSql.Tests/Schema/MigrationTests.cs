using System.Globalization;
using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit.Checkpoints;
using Npgsql;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Schema;

/// <summary>Schemas of older versions are brought up to date, and what is in them goes on.</summary>
public sealed class MigrationTests
{
    [TestCaseSource(typeof(OldStores), nameof(OldStores.Versions))]
    public async Task A_schema_of_an_older_version_goes_on_and_repeats_nothing(string version)
    {
        await using OldSchema old = await OldSchema.RestoreAsync(version);
        await using PostgreSqlCheckpointStore store = await old.OpenAsync();

        await OldStores.ShouldGoOnAsync(store);
    }

    [TestCaseSource(typeof(OldStores), nameof(OldStores.Versions))]
    public async Task A_schema_that_was_migrated_has_the_tables_of_a_new_one(string version)
    {
        await using OldSchema old = await OldSchema.RestoreAsync(version);
        await (await old.OpenAsync()).DisposeAsync();
        await using TestStore fresh = await TestStore.OpenAsync();
        await using OldSchema made = old.Beside(fresh.Schema);

        foreach (string question in (string[])[
            """
            SELECT c.relname, c.relkind, c.reloptions, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attcollation, pg_get_expr(d.adbin, d.adrelid)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = '{0}'::regnamespace
            """,
            "SELECT replace(indexdef, '{0}.', '') FROM pg_indexes WHERE schemaname = '{0}'",
            "SELECT conname, replace(pg_get_constraintdef(oid), '{0}.', '') FROM pg_constraint WHERE connamespace = '{0}'::regnamespace",
            "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = '{0}'::regnamespace",
            "SELECT * FROM {0}.about",
        ])
            (await old.AskAsync(question)).ShouldBe(await made.AskAsync(question), question);
    }

    [Test]
    public async Task Rows_of_version_2_are_not_rewritten_and_name_no_other_stage()
    {
        await using OldSchema old = await OldSchema.RestoreAsync("v2");
        // Where a row is stored changes if it is rewritten.
        const string items = "SELECT ctid, xmin, key, run, state, stage, checksum, id, encode(metadata, 'hex'), encode(error, 'hex'), width, lone_crashes FROM {0}.items";
        List<string> before = await old.AskAsync(items);

        await (await old.OpenAsync()).DisposeAsync();

        (await old.AskAsync(items)).ShouldBe(before);
        (await old.AskAsync("SELECT DISTINCT value_stage IS NULL FROM {0}.items")).ShouldBe(["True"]);
    }

    [Test]
    public async Task A_migration_that_fails_leaves_the_schema_as_it_was()
    {
        await using OldSchema old = await OldSchema.RestoreAsync("v1");
        // The last but one of the changes cannot be made.
        await old.CallAsync("ALTER TABLE {0}.items ADD COLUMN value_stage integer");

        await Should.ThrowAsync<PostgresException>(async () => await old.OpenAsync());

        (await old.AskAsync("SELECT version FROM {0}.about")).ShouldBe(["1"]);
        (await old.AskAsync("SELECT count(*) FROM pg_attribute WHERE attrelid = '{0}.items'::regclass AND attname = 'width'")).ShouldBe(["0"]);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_crash_in_the_middle_of_a_migration_leaves_the_old_version(int version)
    {
        await using OldSchema old = await OldSchema.RestoreAsync($"v{version}");
        await using (NpgsqlConnection crashing = await old.ConnectAsync())
        {
            await using NpgsqlTransaction transaction = await crashing.BeginTransactionAsync();
            await crashing.CallAsync($"SET LOCAL search_path = {old.Name}; {SchemaMigrations.TextOf(version + 1)}", CancellationToken.None);
            await old.CallAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT pg_terminate_backend({crashing.ProcessID}, 60000)"));
        }

        (await old.AskAsync("SELECT version FROM {0}.about")).ShouldBe([version.ToString(CultureInfo.InvariantCulture)]);
        await using PostgreSqlCheckpointStore store = await old.OpenAsync();
        await OldStores.ShouldGoOnAsync(store);
    }

    [TestCase("v1")]
    [TestCase("v2")]
    public async Task Many_that_open_an_older_schema_at_once_migrate_it_once(string version)
    {
        await using OldSchema old = await OldSchema.RestoreAsync(version);

        PostgreSqlCheckpointStore[] stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => old.OpenAsync()))).InTime();

        foreach (PostgreSqlCheckpointStore store in stores.Skip(1))
            await store.DisposeAsync();
        await using PostgreSqlCheckpointStore first = stores[0];
        await OldStores.ShouldGoOnAsync(first);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_role_that_may_not_change_the_tables_is_told_what_to_run_and_as_whom(int version)
    {
        await using OldSchema old = await OldSchema.RestoreAsync($"v{version}");
        string worker = $"worker_{old.Name}";
        await old.CallAsync($"CREATE ROLE {worker} LOGIN; GRANT USAGE ON SCHEMA {{0}} TO {worker}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {{0}} TO {worker}");
        try
        {
            InvalidOperationException refused = await Should.ThrowAsync<InvalidOperationException>(async () => await old.OpenAsync(worker));
            refused.Message.ShouldStartWith(
                $"Schema '{old.Name}' has version {version} of the checkpoints; this package needs version 3, and role '{worker}' may not change the tables (must be owner of table items). "
                + "Open the store once as 'antflow', which owns them, or run as that role:");

            // It is a text one can paste.
            await old.CallAsync(refused.Message[refused.Message.IndexOf("BEGIN;", StringComparison.Ordinal)..]);

            await using PostgreSqlCheckpointStore store = await old.OpenAsync(worker);
            await OldStores.ShouldGoOnAsync(store);
            (await store.DeleteRunAsync(StoredJob.Nightly)).ShouldBeTrue();
        }
        finally
        {
            await old.CallAsync($"DROP OWNED BY {worker}; DROP ROLE {worker}");
        }
    }

    [Test]
    public async Task A_session_that_may_only_read_is_told_as_well()
    {
        await using OldSchema old = await OldSchema.RestoreAsync("v1");

        InvalidOperationException refused = await Should.ThrowAsync<InvalidOperationException>(
            async () => await old.OpenAsync(more: ";Options=-c default_transaction_read_only=on"));

        refused.Message.ShouldContain("role 'antflow' may not change the tables (cannot execute ALTER TABLE in a read-only transaction)");
    }

    [Test]
    public async Task A_session_that_holds_the_tables_is_not_waited_for_for_ever()
    {
        await using OldSchema old = await OldSchema.RestoreAsync("v1");
        await using (NpgsqlConnection holder = await old.ConnectAsync())
        {
            await using NpgsqlTransaction reading = await holder.BeginTransactionAsync();
            await holder.CallAsync($"SELECT FROM {old.Name}.items", CancellationToken.None);

            (await Should.ThrowAsync<InvalidOperationException>(async () => await old.OpenAsync(more: ";Options=-c lock_timeout=100ms"))).Message.ShouldBe(
                $"Schema '{old.Name}' has version 1 of the checkpoints and is to be changed to version 3, but another session uses its tables. Open the store again once that session has ended.");
        }

        (await old.AskAsync("SELECT version FROM {0}.about")).ShouldBe(["1"]);
        await (await old.OpenAsync()).DisposeAsync();
    }

    [TestCase("v1", "", "")]
    [TestCase("v2", ", width, lone_crashes", ", 0, 0")]
    public async Task A_process_of_the_older_library_that_has_the_schema_open_goes_on_writing(string version, string columns, string values)
    {
        await using OldSchema old = await OldSchema.RestoreAsync(version);
        await using NpgsqlConnection older = await old.ConnectAsync();
        await older.CallAsync($"SET search_path = {old.Name}", CancellationToken.None);
        long key = 2L << 32;
        await WriteAsync(key + 100);

        await using PostgreSqlCheckpointStore store = await old.OpenAsync();
        await WriteAsync(key + 101);

        await using ICheckpointRun run = await store.OpenRunAsync(StoredJob.Service);
        foreach (long written in (long[])[key + 100, key + 101])
        {
            StoredItem found = (await run.FindItemAsync(string.Create(CultureInfo.InvariantCulture, $"s:{written}"))).ShouldNotBeNull();
            (found.MaxConcurrentSuspects, found.LoneCrashes, found.ValueStageIndex, found.LastStep.ShouldNotBeNull().Format).ShouldBe((0, 0, null, 1));
            (await run.ReadOncesAsync(written)).ShouldHaveSingleItem().Format.ShouldBe(1);
        }

        async Task WriteAsync(long number)
        {
            foreach (string sql in (string[])[
                $"""
                INSERT INTO items (run, key, id, sequence, entry_stage, stage, state, priority, metadata, task, attempts, crashes, crash_epoch, next_attempt_at, backoff, error, stored_at, checksum{columns})
                VALUES (2, $1, 's:' || $1, 0, 0, 1, 0, 0, '', 0, 0, 0, 0, NULL, 0, '', 0, 0{values}) ON CONFLICT (run, key) DO UPDATE SET stage = excluded.stage
                """,
                "INSERT INTO steps (run, item, stage, value, chunks, attempts, is_skipped, is_told, finished_at, checksum) VALUES (2, $1, 0, '', 0, 0, false, false, 0, 0)",
                "INSERT INTO onces (run, item, name_hash, stage, key, generation, state, answer, stored_at, contract, checksum) VALUES (2, $1, '', 'Ship', 'label', 0, 1, '', 0, 0, 0)",
            ])
                await older.CallAsync(sql, CancellationToken.None, Commands.Of(number));
        }
    }
}
