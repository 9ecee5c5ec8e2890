using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>What becomes of a run when its file is full, locked, damaged, or gone.</summary>
public sealed class WholeLivesTests
{
    private const int Items = 300;

    private readonly TemporaryFolder _folder = new();
    private readonly SteppedTime _time = new();
    private int _calls;

    [TearDown]
    public void Leave() => _folder.Dispose();

    private static RunOptions Nightly => new() { RunId = "nightly" };

    private Pipeline<int, string> Make(ICheckpointStore store, int characters = 100) => PipelineBuilder
        .Stage<int, string>("Make", number => $"{number}:{new string('x', characters)}", 4)
        .Then<string>("Use", value =>
        {
            Interlocked.Increment(ref _calls);
            return value + "!";
        }, 4)
        .IdentifyBy(number => number)
        .WithTimeProvider(_time)
        .WithCheckpoints(store)
        .Build();

    [Test]
    public async Task A_file_that_is_full_has_its_items_wait_and_go_on_once_there_is_room()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using PipelineRun<int, string> run = Make(store, characters: 5_000).Start(Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        await store.Writer.UseAsync(database => database.Ask("PRAGMA max_page_count = 40"));
        await run.FeedAsync(Enumerable.Range(0, 100)).InTime();
        run.Complete();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { StoreFailingSince: not null, Saving: > 0 });

        PipelineSnapshot failing = run.GetSnapshot();
        failing.StoreError.ShouldNotBeNull().ShouldContain("full");
        Bottleneck.Find(failing).ShouldNotBeNull().Kind.ShouldBe(BottleneckKind.Store);
        await store.Writer.UseAsync(database => database.Ask("PRAGMA max_page_count = 100000"));

        PipelineReport<string> report = await _time.DriveAsync(run.Completion);
        (report.SucceededCount, report.Fault, report.Snapshot.StoreFailingSince).ShouldBe((100, null, null));
    }

    [Test]
    public async Task A_file_that_is_locked_too_long_has_its_items_wait_and_go_on_once_it_is_free()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database, new SqliteCheckpointOptions { BusyTimeout = TimeSpan.Zero });
        await using PipelineRun<int, string> run = Make(store).Start(Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        await using var other = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        other.Open();
        SqliteTransaction locking = other.BeginTransaction();
        await run.FeedAsync(Enumerable.Range(0, 20)).InTime();
        run.Complete();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { StoreFailingSince: not null, Saving: > 0 });
        run.GetSnapshot().StoreError.ShouldNotBeNull().ShouldContain("locked");
        await locking.DisposeAsync();

        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(20);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_file_that_is_deleted_or_moved_away_ends_its_run(bool isMoved)
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using PipelineRun<int, string> run = Make(store).Start(Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        if (isMoved)
            File.Move(_folder.Database, _folder["elsewhere.db"]);
        else
            File.Delete(_folder.Database);

        await run.FeedAsync([1]).InTime();

        PipelineReport<string> report = await run.Completion.InTime();
        report.Fault.ShouldBeOfType<LeaseLostException>().RunId.ShouldBe("nightly");
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
    }

    [Test]
    public async Task Flipped_bits_never_come_out_of_a_run()
    {
        byte[] whole = await MakeFileAsync();
        var random = new Random(4711);
        int repeated = 0, told = 0;
        for (int trial = 0; trial < 40; trial++)
        {
            byte[] damaged = [.. whole];
            for (int flips = 0; flips < 1 + (trial % 4); flips++)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            if (await GoOnAsync(damaged) is { } calls)
                repeated += calls > 0 ? 1 : 0;
            else
                told++;
        }

        TestContext.Out.WriteLine($"told {told}, stages repeated in {repeated}");
        repeated.ShouldBeGreaterThan(5);
    }

    [Test]
    public async Task A_file_that_was_cut_never_comes_out_of_a_run_as_something_else()
    {
        byte[] whole = await MakeFileAsync();
        for (int part = 1; part < 12; part++)
            await GoOnAsync(whole[..(int)((long)whole.Length * part / 12)]);
    }

    [Test]
    public async Task The_room_of_a_deleted_run_is_used_again()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        List<long> pages = [];
        for (int round = 0; round < 4; round++)
        {
            await Make(store).RunAsync(Enumerable.Range(0, Items), Nightly).InTime();
            await store.Writer.UseAsync(database => pages.Add(long.Parse(database.Ask("PRAGMA page_count"), System.Globalization.CultureInfo.InvariantCulture)));
            (await store.DeleteRunAsync("nightly")).ShouldBeTrue();
        }

        pages[3].ShouldBeLessThan(pages[0] * 3 / 2);
        await store.Writer.UseAsync(database => database.Execute("VACUUM"));
        await store.Writer.UseAsync(database => database.Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
        new FileInfo(_folder.Database).Length.ShouldBeLessThan(pages[3] * 4096 / 2);
    }

    [Test]
    public async Task Without_options_a_loss_of_power_is_survived()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);

        await store.Writer.UseAsync(database => database.Ask("PRAGMA synchronous").ShouldBe("2"));
        new SqliteCheckpointOptions().BusyTimeout.ShouldBe(TimeSpan.FromSeconds(30));
    }

    private async Task<byte[]> MakeFileAsync()
    {
        await using (SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database))
            await Make(store).RunAsync(Enumerable.Range(0, Items), Nightly).InTime();
        return await File.ReadAllBytesAsync(_folder.Database);
    }

    /// <summary>Another life over a file: each result it has is right, however much had to be done again.</summary>
    /// <returns>How often a stage was run again; null if the file was said to be damaged.</returns>
    private async Task<int?> GoOnAsync(byte[] bytes)
    {
        string path = _folder["damaged.db"];
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "damaged.db*"))
            File.Delete(file);
        await File.WriteAllBytesAsync(path, bytes);
        _calls = 0;
        try
        {
            await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(path);
            await using PipelineRun<int, string> run = Make(store).Start(Nightly);
            Task feeding = run.FeedAsync(Enumerable.Range(0, Items));
            await _time.DriveAsync(feeding.ContinueWith(static _ => true, TaskScheduler.Default));
            run.Complete();
            PipelineReport<string> report = await _time.DriveAsync(run.Completion);
            foreach (PipelineResult<string> result in report.Results.Where(result => result.Status == ResultStatus.Succeeded))
                result.Value.ShouldBe($"{result.ItemId}:{new string('x', 100)}!");
            if (feeding.Exception?.InnerException is { } refused)
                (refused is CheckpointException or InvalidDataException).ShouldBeTrue($"{refused}");
            if (feeding.IsFaulted || report.Results.Any(result => result.Error is CheckpointException))
                return null;
            (report.SucceededCount, report.Fault).ShouldBe((Items, null));
            return _calls;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
