using AntFlow.Dataflow.Checkpoints.Sqlite;
using Microsoft.Win32.SafeHandles;

/// <summary>Opens a run, lists it, deletes it, as a user or with limits that a test cannot give itself, and says what comes of it.</summary>
internal static class Trying
{
    private static readonly List<SafeFileHandle> _files = [];

    /// <summary>Says a line for each: opened, listed, deleted.</summary>
    public static async Task RunAsync(string path, string runId, bool useAllFiles)
    {
        SqliteCheckpointStore? store = null;
        await SayAsync("store", async () => (store = await SqliteCheckpointStore.OpenAsync(path)).Location);
        if (store is null)
            return;
        // So that a connection for reading is at hand.
        await SayAsync("listed", async () => await ListAsync(store));
        if (useAllFiles)
            UseAllFiles();
        await SayAsync("run", async () => (await store.OpenRunAsync(runId)).Epoch.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (SafeFileHandle file in _files)
            file.Dispose();
        await SayAsync("deleted", async () => $"{await new CheckpointInspector(store).DeleteRunsAsync(TimeSpan.Zero)}");
    }

    private static async Task<string> ListAsync(SqliteCheckpointStore store)
    {
        List<string> runs = [];
        await foreach (StoredRun run in store.ReadRunsAsync())
            runs.Add($"{run.RunId} of {run.Owner}, unknown: {run.OwnerUnknown}");
        return string.Join("; ", runs);
    }

    private static void UseAllFiles()
    {
        try
        {
            while (true)
                _files.Add(File.OpenHandle("/dev/null"));
        }
        catch (IOException)
        {
            // That was the last one.
        }
    }

    private static async Task SayAsync(string what, Func<Task<string>> act)
    {
        try
        {
            Console.WriteLine($"{what}: {await act()}");
        }
        catch (Exception error)
        {
            Console.WriteLine($"{what}: {error.GetType().Name}: {error.Message} <- {error.InnerException?.GetType().Name}");
        }
    }
}
