using System.Diagnostics;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints.PostgreSql;
using AntFlow.Dataflow.Checkpoints.Sqlite;
using AntFlow.Dataflow.TestKit.Checkpoints;

// Makes a store in the middle of its runs, by processes that are killed. See ../README.md.
if (args is not [("first" or "second" or "fold") and string part, string place])
{
    await Console.Error.WriteLineAsync("Maker first|second|fold <file>|<connection string>");
    return 1;
}

bool isSqlite = !place.Contains('=', StringComparison.Ordinal);
ICheckpointStore store = isSqlite
    ? await SqliteCheckpointStore.OpenAsync(place)
    : await PostgreSqlCheckpointStore.OpenAsync(place, new PostgreSqlCheckpointOptions { Schema = "antflow_fixture" });
if (part == "fold")
{
    // The last one that closes the file folds the log into it.
    await store.DisposeAsync();
    return 0;
}

var job = new StoredJob("old");
Pipeline<string, string> pipeline = job.Make(store);
if (part == "first")
    await FirstAsync();
else
    await SecondAsync();

// What was noted last is on its way to PostgreSQL for a moment.
await Task.Delay(TimeSpan.FromSeconds(2));
Process.GetCurrentProcess().Kill();
return 0;

async Task FirstAsync()
{
    HashSet<(string Stage, string Item)> held =
        [(StoredJob.Price, "in Price"), (StoredJob.Ship, "in Ship"), ("shipped", "answered"), (StoredJob.Lines, "crashed in Lines")];
    job.Body = (stage, item, token) => (stage, item) switch
    {
        _ when held.Contains((stage, item)) => Task.Delay(Timeout.Infinite, token),
        (StoredJob.Price, "failed in Price") => throw new InvalidOperationException("There is no price."),
        (StoredJob.Lines, "waiting in Lines") => throw new TimeoutException("No answer."),
        _ => Task.CompletedTask,
    };
    job.OnBody = item => item == "begun" ? Task.Delay(Timeout.Infinite) : Task.CompletedTask;
    job.OnRead = item => item == "untold" ? Task.Delay(Timeout.Infinite) : Task.CompletedTask;
    PipelineRun<string, string> run = pipeline.Start(new RunOptions { RunId = StoredJob.Nightly });
    await run.FeedAsync(StoredJob.Items.Where(item => item is not ("after Read" or "large" or "marked" or "crashed in Read")));
    await UntilAsync(() => run.GetSnapshot() is { Succeeded: 1, Failed: 1, Retrying: 1 } && job.Calls.Count == 27 && job.Bodies.Count == 3);
    run.Pause(StoredJob.Price);
    await run.FeedAsync(["after Read", "large"]);
    await run.FeedOneAsync(new WorkItem<string>("marked") { Priority = -5, Metadata = { ["of"] = "marked", ["n"] = 7, ["at"] = DateTimeOffset.UnixEpoch } });
    await UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 3);

    PipelineRun<string, string> service = job.Make(store, new CheckpointOptions { PersistInput = true }).Start(new RunOptions { RunId = StoredJob.Service });
    service.Pause();
    await service.FeedOneAsync(new WorkItem<string>(StoredJob.Kept) { Priority = 3 });
}

async Task SecondAsync()
{
    job.Body = (_, _, token) => Task.Delay(Timeout.Infinite, token);
    PipelineRun<string, string> run = pipeline.Start(new RunOptions { RunId = StoredJob.Nightly });
    await run.FeedAsync(["crashed in Lines", "crashed in Read"]);
    await UntilAsync(() => job.Calls.Count == 2);
}

static async Task UntilAsync(Func<bool> isSo)
{
    while (!isSo())
        await Task.Delay(20);
}
