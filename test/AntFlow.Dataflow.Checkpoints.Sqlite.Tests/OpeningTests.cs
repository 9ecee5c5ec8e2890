using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>Which files are opened, and which are not.</summary>
public sealed class OpeningTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [TestCase(Schema.Version + 1)]
    [TestCase(99)]
    public async Task A_file_of_a_newer_version_is_refused(int version)
    {
        await using (await SqliteCheckpointStore.OpenAsync(_folder.Database))
        {
        }

        Execute($"PRAGMA user_version = {version}");

        (await RefusedAsync()).Message.ShouldBe(
            $"The checkpoints in '{_folder.Database}' have schema version {version}; this version of AntFlow.Dataflow.Checkpoints.Sqlite reads up to 3. Use a newer version of the package, or another file.");
    }

    [Test]
    public async Task A_database_of_something_else_is_refused_and_left_as_it_is()
    {
        Execute("CREATE TABLE customers (name TEXT)");
        byte[] before = await File.ReadAllBytesAsync(_folder.Database);

        (await RefusedAsync()).Message.ShouldBe(
            $"'{_folder.Database}' is a SQLite database of another application (application_id 0, user_version 0). Use another file for checkpoints.");
        (await File.ReadAllBytesAsync(_folder.Database)).ShouldBe(before);
    }

    [Test]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        await File.WriteAllTextAsync(_folder.Database, string.Concat(Enumerable.Repeat("Dear diary, ", 1000)));

        (await RefusedAsync()).Message.ShouldStartWith($"The checkpoints in '{_folder.Database}' are damaged, or are not checkpoints: file is not a database.");
        (await File.ReadAllTextAsync(_folder.Database)).ShouldStartWith("Dear diary");
    }

    [Test]
    public async Task An_empty_file_is_made_a_store()
    {
        await File.WriteAllBytesAsync(_folder.Database, []);

        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);

        await using ICheckpointRun run = await store.OpenRunAsync("run");
    }

    [Test]
    public async Task A_folder_that_is_not_there_is_said()
    {
        string path = _folder["nowhere/test.db"];

        SqliteException error = await Should.ThrowAsync<SqliteException>(() => SqliteCheckpointStore.OpenAsync(path));

        error.SqliteErrorCode.ShouldBe(14);
        error.Message.ShouldBe(
            $"The checkpoints in '{path}' cannot be opened: there is no folder '{Path.GetDirectoryName(path)}'. They need a file on a local disk, in a folder that can be written to.");
    }

    [Test]
    public async Task A_folder_in_the_place_of_the_file_is_said()
    {
        string path = Path.GetDirectoryName(_folder.Database)!;

        (await Should.ThrowAsync<SqliteException>(() => SqliteCheckpointStore.OpenAsync(path))).Message.ShouldStartWith($"The checkpoints in '{path}' cannot be opened: it is a folder.");
    }

    [Test]
    public async Task Many_make_the_same_file_at_once()
    {
        SqliteCheckpointStore[] stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => SqliteCheckpointStore.OpenAsync(_folder.Database)))).InTime();
        List<long> epochs = [];
        foreach (SqliteCheckpointStore store in stores)
        {
            await using (ICheckpointRun run = await store.OpenRunAsync("run"))
                epochs.Add(run.Epoch);
            await store.DisposeAsync();
        }

        epochs.ShouldBe(Enumerable.Range(1, 8).Select(epoch => (long)epoch));
    }

    [Test]
    public async Task Options_are_checked()
    {
        var options = new SqliteCheckpointOptions { Durability = (SqliteDurability)7, BusyTimeout = TimeSpan.FromTicks(-1), TimeProvider = null! };
        (await Should.ThrowAsync<PipelineConfigurationException>(() => SqliteCheckpointStore.OpenAsync(_folder.Database, options))).Faults.ShouldBe(
            [
                "SqliteCheckpointOptions.Durability is 7; it must be Full or Normal.",
                "SqliteCheckpointOptions.BusyTimeout is -00:00:00.0000001; it must be from zero to 24.20:31:23.6470000.",
                "SqliteCheckpointOptions.TimeProvider is null; it must have a value.",
            ]);
        await Should.ThrowAsync<ArgumentException>(() => SqliteCheckpointStore.OpenAsync(" "));
        _folder.Files.ShouldBeEmpty();
    }

    [TestCase(SqliteDurability.Full, "2")]
    [TestCase(SqliteDurability.Normal, "1")]
    public async Task The_disk_is_asked_as_durability_says(SqliteDurability durability, string synchronous)
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database, new SqliteCheckpointOptions { Durability = durability });

        await store.Writer.UseAsync(database =>
        {
            database.Ask("PRAGMA synchronous").ShouldBe(synchronous);
            database.Ask("PRAGMA journal_mode").ShouldBe("wal");
        });
    }

    [Test]
    public async Task A_run_that_is_opened_again_and_again_stays_small()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        for (int opening = 0; opening < 20; opening++)
            await (await store.OpenRunAsync("run")).DisposeAsync();

        await store.Writer.UseAsync(database => database.Ask("SELECT count(*) FROM epochs").ShouldBe("1"));
    }

    [Test]
    public async Task A_closed_store_says_so()
    {
        SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        ICheckpointRun run = await store.OpenRunAsync("run");
        await store.DisposeAsync();
        await store.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(async () => await run.WriteAsync(new CheckpointBatch()));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await run.FindItemAsync("n:1"));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await store.OpenRunAsync("other"));
        await run.DisposeAsync();
    }

    private async Task<InvalidDataException> RefusedAsync() => await Should.ThrowAsync<InvalidDataException>(() => SqliteCheckpointStore.OpenAsync(_folder.Database));

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // A text of this test.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
