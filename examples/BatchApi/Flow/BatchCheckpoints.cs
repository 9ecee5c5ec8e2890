using System.Security.Cryptography;
using System.Text;
using AntFlow.Dataflow.Checkpoints;
using AntFlow.Dataflow.Checkpoints.Sqlite;
using Microsoft.Data.Sqlite;

namespace BatchApi;

/// <summary>
/// The file from which a run resumes after its process was killed. A run is identified by its input and its API, so the same command finds it again. Once every request has
/// its row, the file's contents are no longer needed.
/// </summary>
internal sealed class BatchCheckpoints : IAsyncDisposable
{
    private readonly string _input;

    private BatchCheckpoints(ICheckpointStore store, string input, string runId)
    {
        Store = store;
        _input = input;
        RunId = runId;
    }

    public ICheckpointStore Store { get; }

    public string RunId { get; }

    /// <exception cref="UsageException">The file exists and has another format, or cannot be written to.</exception>
    public static async Task<BatchCheckpoints> OpenAsync(string path, IReadOnlyList<BatchRequest> requests, Uri? endpoint)
    {
        byte[] lines = Encoding.UTF8.GetBytes(string.Join('\n', requests.Select(request => request.Line)));
        string input = Convert.ToHexStringLower(SHA256.HashData(lines))[..16];
        try
        {
            return new BatchCheckpoints(await SqliteCheckpointStore.OpenAsync(path), input, $"{input}@{endpoint}");
        }
        catch (Exception error) when (error is SqliteException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UsageException($"--checkpoints is '{path}'; it cannot be used for checkpoints: {error.Message}");
        }
    }

    /// <summary>Deletes the stored run, when every request of the input has its row.</summary>
    public async Task DeleteAsync()
    {
        var inspector = new CheckpointInspector(Store);
        await foreach (StoredRun run in inspector.GetRunsAsync())
        {
            if (run.Owner is null && run.RunId.StartsWith(_input, StringComparison.Ordinal))
                await Store.DeleteRunAsync(run.RunId);
        }
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
