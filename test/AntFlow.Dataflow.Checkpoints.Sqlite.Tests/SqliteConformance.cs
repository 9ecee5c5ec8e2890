using AntFlow.Dataflow.Testing.NUnit;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>A file in a folder of its own.</summary>
public sealed class SqliteFixture : CheckpointStoreFixture
{
    private readonly TemporaryFolder _folder = new();

    public override async ValueTask<ICheckpointStore> OpenStoreAsync() => await SqliteCheckpointStore.OpenAsync(_folder.Database);

    public override ValueTask CrashAsync(ICheckpointRun run)
    {
        ((SqliteCheckpointRun)run).SimulateCrash();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class SqliteConformance : CheckpointStoreConformance<SqliteFixture>;
