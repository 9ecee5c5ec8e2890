using AntFlow.Dataflow.TestKit.Checkpoints;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>A file in a folder of its own.</summary>
public sealed class SqlitePlace : CheckpointPlace
{
    private readonly TemporaryFolder _folder = new();

    public override async ValueTask<ICheckpointStore> OpenStoreAsync() => await SqliteCheckpointStore.OpenAsync(_folder.Database);

    public override ValueTask DieAsync(ICheckpointRun run)
    {
        ((SqliteCheckpointRun)run).Die();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

public sealed class SqliteRunsTests : CheckpointRunsConformance<SqlitePlace>;

public sealed class SqliteOwnershipTests : CheckpointOwnershipConformance<SqlitePlace>;

public sealed class SqliteWritingTests : CheckpointWritingConformance<SqlitePlace>;

public sealed class SqliteReadingTests : CheckpointReadingConformance<SqlitePlace>;

public sealed class SqliteMarksTests : CheckpointMarksConformance<SqlitePlace>;

public sealed class SqliteLargeTests : CheckpointLargeConformance<SqlitePlace>;

public sealed class SqliteLivesTests : CheckpointLivesConformance<SqlitePlace>;

public sealed class SqliteEndsTests : CheckpointEndsConformance<SqlitePlace>;

public sealed class SqliteOperatorsTests : CheckpointOperatorsConformance<SqlitePlace>;
