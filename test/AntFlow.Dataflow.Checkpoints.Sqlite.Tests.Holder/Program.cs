using AntFlow.Dataflow.Checkpoints.Sqlite;

// Holds a run until it is killed, for tests: Holder <file> <run> <marks>. Writes batches as fast as it can, and says the number of each that was written.
// Holder large <file> <items> <MaxSaving> runs a job of large values instead, and says the peak of its memory.
if (args[0] == "large")
{
    await LargeValues.RunAsync(args[1], int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture), int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture));
    return;
}

// Holder try <file> <run> opens a run and says what it throws, with what is inside. Holder toomany <file> <run> does so once no more files can be opened.
if (args[0] is "try" or "toomany")
{
    await Trying.RunAsync(args[1], args[2], useAllFiles: args[0] == "toomany");
    return;
}

string path = args[0], runId = args[1];
int marks = int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture);

await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(path);
await using ICheckpointRun run = await store.OpenRunAsync(runId);
for (int slot = 0; slot < marks; slot++)
    await run.MarkStartedAsync(slot, 1, $"n:{slot}");

Console.WriteLine($"holds {run.Epoch}");
for (int batch = 0; ; batch++)
{
    long key = (run.Epoch << 32) | (uint)batch;
    await run.WriteAsync(new CheckpointBatch
    {
        Items = [new StoredItem { Key = key, Id = $"n:{run.Epoch}-{batch}", Sequence = batch }],
        Steps = [new StoredStep { Item = key, StageIndex = -1, Value = new byte[100] }],
    });
    Console.WriteLine(batch);
}
