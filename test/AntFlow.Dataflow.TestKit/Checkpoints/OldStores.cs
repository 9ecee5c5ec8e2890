using Shouldly;

namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>The stores under <c>test/data/stores</c>, one folder for each version of the schema, and what goes on with each of them has to find.</summary>
public static class OldStores
{
    private static readonly string[] _through = ["through", "failed in Price"];

    /// <summary>The names of the folders: <c>v1</c> and so on.</summary>
    public static IEnumerable<string> Versions => Directory.EnumerateDirectories(Root, "v*").Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    private static string Root
    {
        get
        {
            string folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "AntFlow.Dataflow.sln")))
                folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not in the repository.");
            return Path.Combine(folder, "test", "data", "stores");
        }
    }

    /// <summary>Where a file of a version is.</summary>
    public static string PathOf(string version, string file) => Path.Combine(Root, version, file);

    /// <summary>Copies the files of a store in SQLite.</summary>
    /// <returns>The copy of the database.</returns>
    public static string CopyTo(string folder, string version)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Root, version), "store.sqlite*"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return Path.Combine(folder, "store.sqlite");
    }

    /// <summary>Goes on with both runs of a store to their end: nothing that is finished runs again, and nothing that was answered is asked for again.</summary>
    public static async Task ShouldGoOnAsync(ICheckpointStore store)
    {
        List<(string Stage, string Item)> finished = await ReadFinishedAsync(store);
        (string Stage, string Item)[] left =
        [
            .. from item in StoredJob.Items
               where item != "failed in Price"
               from stage in StoredJob.Stages
               where !finished.Contains((stage, item))
               select (stage, item),
        ];
        var job = new StoredJob("new");

        PipelineReport<string> report = await job.Make(store).RunAsync(StoredJob.Items, new RunOptions { RunId = StoredJob.Nightly }).InTime();

        job.Calls.ShouldBe(left, ignoreOrder: true);
        job.Bodies.ShouldBe(StoredJob.Items.Except(["through", "failed in Price", "answered", "begun"]), ignoreOrder: true);
        job.Finds.ShouldBe(["begun"]);
        job.Told.ShouldBe(["untold", "crashed in Read"], ignoreOrder: true);
        report.ResumedCount.ShouldBe(StoredJob.Items.Count);
        foreach (PipelineResult<string> result in report.Results.Where(result => result.ItemId != "failed in Price"))
        {
            string item = result.ItemId.ToString();
            result.Value.ShouldBe(StoredJob.ResultOf(item, item switch { "through" or "answered" => "old", "begun" => "found", _ => "new" }));
        }

        ShouldBeAsTheyWere(report);
        await ShouldBringBackAsync(store);
        await ShouldBeOverAsync(store);
    }

    private static async Task<List<(string Stage, string Item)>> ReadFinishedAsync(ICheckpointStore store)
    {
        var inspector = new CheckpointInspector(store);
        List<InspectedItem> items = await inspector.GetItemsAsync(StoredJob.Nightly).ToListAsync();
        Only("waiting in Lines").ShouldSatisfyAllConditions(
            item => item.Attempts.ShouldBe(1), item => item.NextAttemptAt.ShouldNotBeNull(), item => item.Error.ShouldNotBeNull().OriginalType.ShouldBe(nameof(TimeoutException)));
        Only("crashed in Lines").Crashes.ShouldBe(1);
        Only("marked").Priority.ShouldBe(-5);
        items.Select(item => item.ItemId.ToString()).ShouldBe(StoredJob.Items.Except(["crashed in Read"]), ignoreOrder: true);
        items.Where(item => item.State != StoredItemState.Unfinished).Select(item => item.ItemId.ToString()).ShouldBe(_through, ignoreOrder: true);
        await using (ICheckpointRun run = await store.OpenRunAsync(StoredJob.Nightly))
            run.Interrupted.Select(mark => mark.Id).ShouldBe(["s:crashed in Lines", "s:crashed in Read"], ignoreOrder: true);

        List<(string Stage, string Item)> finished = [];
        foreach (InspectedItem item in items)
            finished.AddRange((await inspector.GetHistoryAsync(StoredJob.Nightly, item.ItemId)).Select(step => (step.Stage, item.ItemId.ToString())));
        finished.Count.ShouldBe(23);
        return finished;

        InspectedItem Only(string id) => items.Single(item => item.ItemId == id);
    }

    private static void ShouldBeAsTheyWere(PipelineReport<string> report)
    {
        PipelineResult<string> failed = report.Results.Single(result => result.ItemId == "failed in Price");
        (failed.Status, failed.Stage).ShouldBe((ResultStatus.Failed, StoredJob.Price));
        StoredFailureException error = failed.Error.ShouldBeOfType<StoredFailureException>();
        (error.OriginalType, error.Message).ShouldBe((nameof(InvalidOperationException), "There is no price. (This is what it failed with at an earlier start; CheckpointOptions.ResumeFailed or CheckpointInspector.RetryAsync tries it again.)"));
        report.Results.Single(result => result.ItemId == "marked").Metadata
            .ShouldBe(new Dictionary<string, object?> { ["of"] = "marked", ["n"] = 7, ["at"] = DateTimeOffset.UnixEpoch }, ignoreOrder: true);
    }

    private static async Task ShouldBringBackAsync(ICheckpointStore store)
    {
        var job = new StoredJob("new");
        await using PipelineRun<string, string> run = job.Make(store, new CheckpointOptions { PersistInput = true }).Start(new RunOptions { RunId = StoredJob.Service });
        run.Complete();
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe(StoredJob.ResultOf(StoredJob.Kept, "new"));
    }

    private static async Task ShouldBeOverAsync(ICheckpointStore store)
    {
        var job = new StoredJob("newer");
        PipelineReport<string> report = await job.Make(store).RunAsync(StoredJob.Items, new RunOptions { RunId = StoredJob.Nightly }).InTime();
        (report.SucceededCount, report.FailedCount).ShouldBe((StoredJob.Items.Count - 1, 1));
        job.Calls.ShouldBeEmpty();
        job.Bodies.ShouldBeEmpty();
    }
}
