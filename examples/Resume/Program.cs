// A job that is killed several times (kill -9) and resumes each time where it stopped. It starts itself as a child process, reads the output of the child, and kills it.
using System.Diagnostics;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints;
using AntFlow.Dataflow.Checkpoints.Sqlite;

const int Items = 40, Stages = 3, Kills = 4;
if (args is [var file])
{
    await WorkAsync(file);
    return 0;
}

string folder = Directory.CreateTempSubdirectory("resume-").FullName;
var moments = new Random(7);
var finished = new HashSet<string>();
int ran = 0, ranInKilledLives = 0, ranAgain = 0, life = 0;
for (bool isDone = false; !isDone;)
{
    // The last start is not killed.
    int lives = ++life > Kills ? int.MaxValue : moments.Next(20, 45);
    (string restored, int begun) = ("nothing", 0);
    using Process child = Process.Start(new ProcessStartInfo("dotnet", [Environment.GetCommandLineArgs()[0], Path.Combine(folder, "job.db")]) { RedirectStandardOutput = true, UseShellExecute = false })!;
    while (await child.StandardOutput.ReadLineAsync() is { } line)
    {
        string[] words = line.Split(' ', 2);
        if (words[0] == "restored")
            restored = words[1];
        else if (words[0] == "finished")
            finished.Add(words[1]);
        else if (words[0] == "begin" && finished.Contains(words[1]))
            ranAgain++;
        if (words[0] == "begin" && ++begun == lives)
            child.Kill(); // SIGKILL: the child is not notified.
    }

    await child.WaitForExitAsync();
    isDone = child.ExitCode == 0;
    (ran, ranInKilledLives) = (ran + begun, ranInKilledLives + (isDone ? 0 : begun));
    Console.WriteLine($"Start {life}: restored {restored}, ran {begun} stages {(isDone ? "to the end" : "until kill -9")}");
}

Directory.Delete(folder, recursive: true);
Console.WriteLine($"{Items} items in {Stages} stages: {Items * Stages} to run, {ran} were run, {ran - (Items * Stages)} of them once more because the kill came before their end.");
Console.WriteLine($"Starting over each time would have run {ranInKilledLives + (Items * Stages)}: {ranInKilledLives + (Items * Stages) - ran} were saved.");
Console.WriteLine($"Run again although finished: {ranAgain}");
return ranAgain == 0 && finished.Count == Items * Stages ? 0 : 1;

// The child process. It contains no code to handle the kill.
static async Task WorkAsync(string file)
{
    await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(file);
    (int items, int passed) = (0, 0);
    await foreach (StoredItem item in store.ReadItemsAsync("nightly"))
        (items, passed) = (items + 1, passed + item.StageIndex);
    Console.WriteLine($"restored {passed} stages of {items} items");

    Pipeline<int, string> pipeline = PipelineBuilder
        .Stage<int, string>("Fetch", (number, ct) => DoAsync("Fetch", $"{number}", ct), workers: 4, s => s.OnSuccess = (e, _) => Tell(e.Stage, e.Value))
        .Then("Parse", (page, ct) => DoAsync("Parse", page, ct), workers: 4, s => s.OnSuccess = (e, _) => Tell(e.Stage, e.Value))
        .Then("Store", (page, ct) => DoAsync("Store", page, ct), workers: 4, s => s.OnSuccess = (e, _) => Tell(e.Stage, e.Value))
        .IdentifyBy(number => number)
        .WithCheckpoints(store)
        .Build();
    (await pipeline.RunAsync(Enumerable.Range(1, Items), new RunOptions { RunId = "nightly" })).ThrowIfFailed();
}

static async Task<string> DoAsync(string stage, string item, CancellationToken ct)
{
    Console.WriteLine($"begin {stage} {item}");
    await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System, ct);
    return item;
}

// OnSuccess is called once the result is durable: after that, the stage never runs again for this item.
static async ValueTask Tell(string stage, string item) => await Console.Out.WriteLineAsync($"finished {stage} {item}");
