using System.Security.Cryptography;
using System.Text;
using AntFlow.Dataflow.Checkpoints;
using AntFlow.Dataflow.Checkpoints.Sqlite;
using Microsoft.Data.Sqlite;

namespace BatchApi;

/// <summary>
/// The file by which a run goes on after its process has died. A run is an input at an API, so the same command finds it again. Once every request has its row nothing
/// of it is needed any more.
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

    /// <exception cref="UsageException">The file is there and is not ours, or cannot be written to.</exception>
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

    /// <summary>Every request of the input has its row: what was noted on the way has done its work.</summary>
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
