using System.Globalization;
using AntFlow.Dataflow.Checkpoints.PostgreSql;

// Owns a run, and does what it is told by its input, a line each, until the input ends: for tests that stop and kill an owner.
//   write ID | holds | mark SLOT ID | lost
// Every line is answered by one.
string connectionString = args[0];
string runId = args[2];
var options = new PostgreSqlCheckpointOptions { Schema = args[1], LeaseTime = TimeSpan.FromSeconds(double.Parse(args[3], CultureInfo.InvariantCulture)) };
await using PostgreSqlCheckpointStore store = await PostgreSqlCheckpointStore.OpenAsync(connectionString, options);
await using ICheckpointRun run = await store.OpenRunAsync(runId);
int written = 0;
Console.WriteLine(run.Epoch);

while (await Console.In.ReadLineAsync() is { } line)
    Console.WriteLine(await AnswerAsync(line.Split(' ')));

async Task<string> AnswerAsync(string[] words)
{
    try
    {
        switch (words[0])
        {
            case "write":
                var item = new StoredItem { Key = (run.Epoch << 32) | (uint)++written, Id = words[1] };
                await run.WriteAsync(new CheckpointBatch { Items = [item] });
                return "written";
            case "holds":
                return run.IsOwned ? "yes" : "no";
            case "lost":
                return run.Lost.IsCancellationRequested ? "yes" : "no";
            case "mark":
                await run.MarkStartedAsync(int.Parse(words[1], CultureInfo.InvariantCulture), 0, words[2]);
                return "marked";
            default:
                return $"What is {words[0]}?";
        }
    }
    catch (Exception error)
    {
        return error.GetType().Name;
    }
}
