using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit.Checkpoints;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests;

/// <summary>A schema of its own in the shared server.</summary>
public sealed class PostgreSqlPlace : CheckpointPlace
{
    private TestStore? _first;

    public override async ValueTask<ICheckpointStore> OpenStoreAsync()
    {
        _first ??= await TestStore.OpenAsync();
        return await _first.OpenAgainAsync();
    }

    public override async ValueTask DieAsync(ICheckpointRun run)
    {
        await ((PostgreSqlCheckpointRun)run).AbandonAsync();
        // This process lives, so the run would be free only once the lease is over.
        await _first!.ChangeAsync($"UPDATE openings SET lease_until = clock_timestamp() WHERE epoch = {run.Epoch}");
    }

    public override async ValueTask DisposeAsync()
    {
        if (_first is null)
            return;
        await _first.ChangeAsync($"DROP SCHEMA {_first.Schema} CASCADE");
        await _first.DisposeAsync();
    }
}

public sealed class PostgreSqlRunsTests : CheckpointRunsConformance<PostgreSqlPlace>;

public sealed class PostgreSqlOwnershipTests : CheckpointOwnershipConformance<PostgreSqlPlace>;

public sealed class PostgreSqlWritingTests : CheckpointWritingConformance<PostgreSqlPlace>;

public sealed class PostgreSqlReadingTests : CheckpointReadingConformance<PostgreSqlPlace>;

public sealed class PostgreSqlMarksTests : CheckpointMarksConformance<PostgreSqlPlace>;

public sealed class PostgreSqlLargeTests : CheckpointLargeConformance<PostgreSqlPlace>;

public sealed class PostgreSqlLivesTests : CheckpointLivesConformance<PostgreSqlPlace>;

public sealed class PostgreSqlOperatorsTests : CheckpointOperatorsConformance<PostgreSqlPlace>;

public sealed class PostgreSqlEndsTests : CheckpointEndsConformance<PostgreSqlPlace>;
