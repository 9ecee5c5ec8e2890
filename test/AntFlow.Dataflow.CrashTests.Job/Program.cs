using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints.PostgreSql;
using AntFlow.Dataflow.Checkpoints.Sqlite;
using AntFlow.Dataflow.CrashTests.Job;

// One life of a run: does what is left of it, and dies on the way if it was told to. Ends with 0 if it came to the end of the run, with 4 if the run was lost or could not be
// opened, with 5 if it is another's, with 3 if it was stopped gently, and with 6 if it does not end: then it says why to its errors.
var settings = new Settings(args);
using var ledger = new Ledger(Path.Combine(settings.Folder, $"life-{settings.Life:D4}.txt"), settings.IsEchoed ? Console.Out : null);
using var provider = new Provider(settings.Folder, settings.Life);
var killer = new Killer(settings, ledger);
using var orders = new Orders(settings, ledger);
orders.Begin();
var work = new Work(settings, ledger, provider, killer, orders.Go);
try
{
    var store = new WatchedStore(await OpenAsync(), ledger, killer);
    PipelineRun<int, string> run = work.Build(store).Start(new RunOptions { RunId = "crashes", StopOnSignals = settings.Handles == "run" });
    Task<int> working = WorkAsync(store, run);
    // Who is told to return gives nothing up.
    return await Task.WhenAny(working, orders.Left) == working ? await working : 0;
}
catch (RunOwnedException owned)
{
    ledger.Write("owned", owned.Owner);
    return 5;
}
catch (Exception error)
{
    ledger.Write("broken", error.GetType().Name, error.Message.ReplaceLineEndings(" "));
    await Console.Error.WriteLineAsync(error.ToString());
    return 4;
}

async ValueTask<ICheckpointStore> OpenAsync() =>
    settings.Server is { } server
        ? await PostgreSqlCheckpointStore.OpenAsync(server, new PostgreSqlCheckpointOptions { Schema = settings.Schema, LeaseTime = settings.Lease })
        : await SqliteCheckpointStore.OpenAsync(Path.Combine(settings.Folder, "store.db"));

async Task<int> WorkAsync(WatchedStore store, PipelineRun<int, string> run)
{
    await using (store)
    await using (run)
    {
        _ = StopWhenToldAsync(run);
        if (settings.Handles == "run")
            _ = Task.Run(() => TellPhasesAsync(run));
        await FeedAsync(run);
        return Tell(await EndAsync(run));
    }
}

async Task StopWhenToldAsync(PipelineRun<int, string> run)
{
    await orders.Stop;
    ledger.Write("stopping");
    run.Stop();
}

async Task TellPhasesAsync(PipelineRun<int, string> run)
{
    RunPhase told = RunPhase.Running;
    while (told != RunPhase.Ended)
    {
        if (run.GetSnapshot().Phase is var phase && phase != told)
            ledger.Write("phase", told = phase);
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
    }
}

// One at a time: what a feed call has returned for is promised from then on, if inputs are stored.
async Task FeedAsync(PipelineRun<int, string> run)
{
    for (int item = settings.FeedFrom; item < settings.Items; item++)
    {
        try
        {
            await run.FeedOneAsync(item);
        }
        catch (PipelineClosedException)
        {
            break;
        }

        if (settings.PersistInput)
            ledger.Write("fed", item);
    }

    run.Complete();
}

async Task<PipelineReport<string>> EndAsync(PipelineRun<int, string> run)
{
    if (await Task.WhenAny(run.Completion, Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System)) == run.Completion)
        return await run.Completion;
    await Console.Error.WriteLineAsync($"It does not end: {run.GetSnapshot()}");
    foreach (StageSnapshot stage in run.GetSnapshot().Stages)
        await Console.Error.WriteLineAsync($"{stage}");
    ledger.Write("hung");
    Environment.Exit(6);
    throw new InvalidOperationException();
}

int Tell(PipelineReport<string> report)
{
    foreach (PipelineResult<string> result in report.Results)
        ledger.Write("result", result.ItemId.ToStored(), result.Status, result.Value ?? result.Error!.Message.ReplaceLineEndings(" "), result.Stage);
    ledger.Write("report", report.Results.Count, report.ResumedCount, report.NotFedCount, report.Fault?.GetType().Name ?? "none");
    return report.Fault is RunOwnedException ? 5 : report.Fault is not null ? 4 : report.WasStopped ? 3 : 0;
}
