using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>What keeps a store from being opened or used is said, and is never "another owner".</summary>
public sealed class CausesTests
{
    private const UnixFileMode All = (UnixFileMode)0b111_111_111;
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    [TestCase(":memory:", "a database in memory")]
    [TestCase(" :MEMORY: ", "a database in memory")]
    [TestCase("file:nightly.db?mode=memory", "a URI")]
    [TestCase("Data Source=nightly.db", "a connection string")]
    [TestCase("datasource = nightly.db;Cache=Shared", "a connection string")]
    [TestCase("Filename=nightly.db", "a connection string")]
    public async Task What_is_no_path_is_refused(string path, string thing)
    {
        ArgumentException refused = await Should.ThrowAsync<ArgumentException>(() => SqliteCheckpointStore.OpenAsync(path));

        refused.Message.ShouldStartWith($"'{path}' is {thing}, not the path of a file.");
        refused.Message.ShouldContain(nameof(InMemoryCheckpointStore));
    }

    [Test]
    public async Task Names_that_only_look_like_that_are_files()
    {
        foreach (string name in (string[])["a=b.db", "Data Source.db", ":memory:", "x;y?.db"])
            await (await SqliteCheckpointStore.OpenAsync(_folder[name])).DisposeAsync();

        _folder.Files.Count().ShouldBe(4);
    }

    [Test]
    [Category("LinuxOnly")]
    public async Task A_side_file_that_cannot_be_opened_for_want_of_files_is_not_held()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("There is no such limit.");

        string said = await OtherUser.RunAsync("sh", "-c", $"ulimit -n 400; {OtherUser.Holder} toomany '{_folder.Database}' run");

        said.ShouldContain($"run: IOException: The side file '{_folder.Database}-run-1', whose lock shows which process owns the run, cannot be opened: this process has too many files open. Raise its limit (ulimit -n), or open fewer. <- IOException");
    }

    [Test]
    [Category("LinuxOnly")]
    public async Task A_side_file_of_another_user_is_said_and_is_no_owner()
    {
        await using (SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database))
            await (await store.OpenRunAsync("run")).DisposeAsync();
        Open(_folder.Database);

        string said = await OtherUser.TryAsync(_folder.Database, "run");

        string denied = "access is denied. It belongs to another user, perhaps because the program once ran as that user, or it is read-only";
        said.ShouldContain($"unknown: its side file '{_folder.Database}-run-1' cannot be opened: {denied}");
        said.ShouldContain($"run: UnauthorizedAccessException: The side file '{_folder.Database}-run-1', whose lock shows which process owns the run, cannot be opened: {denied}. Allow this user to read and write it");
        said.ShouldContain("<- UnauthorizedAccessException");
        said.ShouldContain($"deleted: IOException: 0 old runs were deleted, and 1 was not, because the store cannot determine the owner: 'run' (its side file '{_folder.Database}-run-1'");
    }

    [TestCase(true)]
    [TestCase(false)]
    [Category("LinuxOnly")]
    public async Task A_file_or_a_folder_that_may_not_be_written_is_said(bool is_folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("There are no such rights.");
            return;
        }

        await (await SqliteCheckpointStore.OpenAsync(_folder.Database)).DisposeAsync();
        Open(_folder.Database);
        if (is_folder)
            File.SetUnixFileMode(Path.GetDirectoryName(_folder.Database)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        else
            File.SetUnixFileMode(_folder.Database, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        string said = await OtherUser.TryAsync(_folder.Database, "run");

        said.ShouldContain(_folder.Database);
        said.ShouldMatch("read-only for this user|access to it, to its log, or to its folder is denied");
        said.ShouldNotContain(nameof(RunOwnedException));
    }

    [Test]
    public async Task A_full_disk_is_said_with_what_the_log_needs()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        // So that the file must not grow, which SQLite says in the same way.
        await store.Writer.UseAsync(database => database.Execute("PRAGMA max_page_count = 1"));

        SqliteException error = await run.WriteAsync(new CheckpointBatch { Items = [new StoredItem { Key = 1, Id = "s:x" }], Steps = [new StoredStep { Item = 1, StageIndex = 0, Value = new byte[100_000] }] })
            .AsTask().CatchAsync<SqliteException>();

        await store.Writer.UseAsync(database => database.Execute("PRAGMA max_page_count = 1000000"));
        error.Message.ShouldStartWith($"The disk of the checkpoints in '{_folder.Database}' is full. Make room");
    }

    [Test]
    public async Task A_file_that_is_moved_away_in_mid_run_is_said_in_the_log_and_as_the_fault_with_its_cause()
    {
        var log = new Written();
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Work", async (number, ct) =>
            {
                await gate.PassAsync(number, ct);
                return number;
            }, 2)
            .IdentifyBy(number => number).WithCheckpoints(store).WithLogging(log).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "nightly" });
        await run.FeedAsync([1, 2]).InTime();
        await gate.WhenArrivedAsync(2).InTime();

        File.Move(_folder.Database, _folder["moved.db"]);
        gate.OpenForAll();
        Exception fault = (await run.Completion.InTime()).Fault!;

        string reason = $"its file '{_folder.Database}' was deleted or moved away";
        LeaseLostException lost = (fault as LeaseLostException ?? fault.InnerException as LeaseLostException)!;
        lost.Message.ShouldContain(reason);
        lost.InnerException.ShouldBeOfType<FileNotFoundException>();
        log.Errors.ShouldContain(error => error.Message.Contains(reason, StringComparison.Ordinal));
    }

    [Test]
    public async Task A_log_that_grows_is_warned_of_once_with_the_reason()
    {
        var log = new Written();
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database, new SqliteCheckpointOptions { LargeLog = 1 << 20 });
        using var reader = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        reader.Open();
        using SqliteTransaction forgotten = reader.BeginTransaction(deferred: true);
        using SqliteCommand command = reader.CreateCommand();
        command.CommandText = "SELECT count(*) FROM items";
        command.ExecuteScalar();
        Pipeline<int, string> pipeline = PipelineBuilder
            .Stage<int, string>("Work", number => new string('x', 100_000), 2).IdentifyBy(number => number).WithCheckpoints(store).WithLogging(log).Build();

        await pipeline.RunAsync(Enumerable.Range(0, 50), new RunOptions { RunId = "nightly" }).InTime();

        string warning = log.Lines.Where(line => line.Contains("has grown to", StringComparison.Ordinal)).ShouldHaveSingleItem();
        // By how much a batch takes it over the limit depends on how many writes have waited for the one before.
        warning.ShouldMatch($"^Run nightly: the log of SQLite, '{Regex.Escape(_folder.Database)}-wal', has grown to [1-9] MB: SQLite cannot fold it into the file while a reader keeps a transaction open\\.");
    }

    [Test]
    public void A_growth_is_told_once()
    {
        var growth = new LogGrowth(100);

        new long[] { 10, 100, 101, 500, 60, 200, 49, 100, 101, 102 }.Select(growth.Observe).ShouldBe([false, false, true, false, false, false, false, false, true, false]);
    }

    // The folder and the file for all; the side file stays its owner's.
    private static void Open(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(Path.GetDirectoryName(path)!, All);
        File.SetUnixFileMode(path, All);
    }

    private sealed class Written : ILoggerFactory, ILogger
    {
        private readonly Lock _lock = new();
        private readonly List<string> _lines = [];
        private readonly List<Exception> _errors = [];

        public List<string> Lines
        {
            get
            {
                lock (_lock)
                    return [.. _lines];
            }
        }

        public List<Exception> Errors
        {
            get
            {
                lock (_lock)
                    return [.. _errors];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
            {
                _lines.Add(formatter(state, exception));
                if (exception is not null)
                    _errors.Add(exception);
            }
        }

        public void Dispose()
        {
        }
    }
}
