using System.Globalization;
using AntFlow.Dataflow.TestKit.Checkpoints;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>Files of older versions are brought up to date, and what is in them goes on.</summary>
public sealed class MigrationTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [TestCaseSource(typeof(OldStores), nameof(OldStores.Versions))]
    public async Task A_file_of_an_older_version_goes_on_and_repeats_nothing(string version)
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(OldStores.CopyTo(_folder.Path, version));

        await OldStores.ShouldGoOnAsync(store);
    }

    [Test]
    public void Every_older_version_has_its_file() =>
        Enumerable.Range(1, Schema.Version - 1).Select(version => $"v{version}").ShouldBeSubsetOf(OldStores.Versions);

    [TestCaseSource(typeof(OldStores), nameof(OldStores.Versions))]
    public async Task A_file_that_was_migrated_has_the_tables_of_a_new_one(string version)
    {
        string migrated = OldStores.CopyTo(_folder.Path, version);
        foreach (string path in (string[])[migrated, _folder.Database])
            await (await SqliteCheckpointStore.OpenAsync(path)).DisposeAsync();

        string[] tables = ["SELECT name, type FROM sqlite_schema", "SELECT name, strict, wr FROM pragma_table_list WHERE schema = 'main'"];
        string[] columns =
        [
            "SELECT t.name, c.cid, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'",
            "SELECT t.name, i.name, i.\"unique\", i.origin, c.seqno, c.name FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c",
        ];
        foreach (string question in (string[])[.. tables, .. columns, "PRAGMA user_version", "PRAGMA application_id"])
            Ask(migrated, question).ShouldBe(Ask(_folder.Database, question), question);
    }

    [Test]
    public async Task Rows_of_version_2_are_not_rewritten_and_name_no_other_stage()
    {
        string path = OldStores.CopyTo(_folder.Path, "v2");
        const string items = "SELECT key, run, state, stage, checksum, id, hex(metadata), hex(error), width, lone_crashes FROM items";
        List<string> before = Ask(path, items);

        await (await SqliteCheckpointStore.OpenAsync(path)).DisposeAsync();

        Ask(path, items).ShouldBe(before);
        Ask(path, "SELECT DISTINCT value_stage IS NULL FROM items").ShouldBe(["1"]);
    }

    [Test]
    public async Task A_migration_that_fails_leaves_the_file_as_it_was()
    {
        string path = OldStores.CopyTo(_folder.Path, "v1");
        // The last of the changes cannot be made.
        Ask(path, "ALTER TABLE items ADD COLUMN value_stage INTEGER");

        await Should.ThrowAsync<SqliteException>(() => SqliteCheckpointStore.OpenAsync(path));

        Ask(path, "PRAGMA user_version").ShouldBe(["1"]);
        Ask(path, "SELECT count(*) FROM pragma_table_xinfo('items') WHERE name IN ('width', 'lone_crashes')").ShouldBe(["0"]);
    }

    [TestCase(1, "width")]
    [TestCase(2, "value_stage")]
    public async Task A_crash_in_the_middle_of_a_migration_leaves_the_old_version(int version, string column)
    {
        string path = OldStores.CopyTo(_folder.Path, $"v{version}");
        string crashed = _folder["crashed.db"];
        using (var database = Database.Open(path, TimeSpan.FromSeconds(30)))
        {
            // With a cache of nothing, what is not committed is in the log already.
            database.Execute("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE");
            database.Execute(Schema.Migration(version + 1));
            database.Execute("UPDATE items SET backoff = backoff; UPDATE chunks SET data = zeroblob(262144)");
            File.Copy(path, crashed);
            File.Copy($"{path}-wal", $"{crashed}-wal");
            foreach (int run in (int[])[1, 2])
                File.Copy($"{path}-run-{run}", $"{crashed}-run-{run}");
        }

        new FileInfo($"{crashed}-wal").Length.ShouldBeGreaterThan(0);
        using (var database = Database.Open(crashed, TimeSpan.FromSeconds(30)))
        {
            database.Ask("PRAGMA user_version").ShouldBe(version.ToString(CultureInfo.InvariantCulture));
            database.Ask($"SELECT count(*) FROM pragma_table_xinfo('items') WHERE name = '{column}'").ShouldBe("0");
        }

        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(crashed);
        await OldStores.ShouldGoOnAsync(store);
    }

    [TestCase("v1")]
    [TestCase("v2")]
    public async Task Many_that_open_an_older_file_at_once_migrate_it_once(string version)
    {
        string path = OldStores.CopyTo(_folder.Path, version);

        SqliteCheckpointStore[] stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => SqliteCheckpointStore.OpenAsync(path)))).InTime();

        foreach (SqliteCheckpointStore store in stores.Skip(1))
            await store.DisposeAsync();
        await using SqliteCheckpointStore first = stores[0];
        await OldStores.ShouldGoOnAsync(first);
    }

    [TestCase("v1", "", "")]
    [TestCase("v2", ", width, lone_crashes", ", 0, 0")]
    public async Task A_process_of_the_older_library_that_has_the_file_open_goes_on_writing(string version, string columns, string values)
    {
        string path = OldStores.CopyTo(_folder.Path, version);
        using var old = Database.Open(path, TimeSpan.FromSeconds(30));
        string item = $"""
            INSERT INTO items (key, run, id, sequence, entry_stage, stage, state, priority, task, attempts, crashes, crash_epoch, next_attempt_at, backoff, stored_at, checksum, metadata, error{columns})
            VALUES (?1, 2, 's:' || ?1, 0, 0, 1, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, x'', x''{values}) ON CONFLICT (key) DO UPDATE SET stage = 2
            """;
        const string step = "REPLACE INTO steps (item, stage, chunks, attempts, is_skipped, is_told, finished_at, checksum, value) VALUES (?1, 0, 0, 0, 0, 0, 0, 0, x'')";
        const string once = "REPLACE INTO onces (item, stage, key, generation, state, stored_at, contract, checksum, answer) VALUES (?1, 'Ship', 'label', 0, 1, 0, 0, 0, x'')";
        long key = 2L << 32;
        Write(key + 100);

        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(path);
        Write(key + 101);

        await using ICheckpointRun run = await store.OpenRunAsync(StoredJob.Service);
        foreach (long written in (long[])[key + 100, key + 101])
        {
            StoredItem found = (await run.FindItemAsync(string.Create(CultureInfo.InvariantCulture, $"s:{written}"))).ShouldNotBeNull();
            (found.MaxConcurrentSuspects, found.LoneCrashes, found.ValueStageIndex, found.LastStep.ShouldNotBeNull().Format).ShouldBe((0, 0, null, 1));
            (await run.ReadOncesAsync(written)).ShouldHaveSingleItem().Format.ShouldBe(1);
        }

        void Write(long number)
        {
            foreach (string sql in (string[])[item, step, once])
                old[sql].Bind(1, number).Execute();
        }
    }

    private static List<string> Ask(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // A text of this test.
        command.CommandText = sql;
#pragma warning restore CA2100
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetValue(column))));
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }
}
