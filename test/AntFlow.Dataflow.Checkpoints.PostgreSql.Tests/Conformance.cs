using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.TestKit.Checkpoints;
using Npgsql;

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

/// <summary>The same over a data source that is the user's.</summary>
public sealed class DataSourcePlace : CheckpointPlace
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(SharedServer.ConnectionString);
    private TestStore? _first;

    public override async ValueTask<ICheckpointStore> OpenStoreAsync()
    {
        _first ??= await TestStore.OpenAsync();
        return await PostgreSqlCheckpointStore.OpenAsync(_source, new PostgreSqlCheckpointOptions { Schema = _first.Schema });
    }

    public override async ValueTask DieAsync(ICheckpointRun run)
    {
        await ((PostgreSqlCheckpointRun)run).AbandonAsync();
        await _first!.ChangeAsync($"UPDATE openings SET lease_until = clock_timestamp() WHERE epoch = {run.Epoch}");
    }

    public override async ValueTask DisposeAsync()
    {
        if (_first is not null)
        {
            await _first.ChangeAsync($"DROP SCHEMA {_first.Schema} CASCADE");
            await _first.DisposeAsync();
        }

        await _source.DisposeAsync();
    }
}

public sealed class DataSourceRunsTests : CheckpointRunsConformance<DataSourcePlace>;

public sealed class DataSourceOwnershipTests : CheckpointOwnershipConformance<DataSourcePlace>;

public sealed class DataSourceMarksTests : CheckpointMarksConformance<DataSourcePlace>;

public sealed class DataSourceLivesTests : CheckpointLivesConformance<DataSourcePlace>;

public sealed class PostgreSqlRunsTests : CheckpointRunsConformance<PostgreSqlPlace>;

public sealed class PostgreSqlOwnershipTests : CheckpointOwnershipConformance<PostgreSqlPlace>;

public sealed class PostgreSqlWritingTests : CheckpointWritingConformance<PostgreSqlPlace>;

public sealed class PostgreSqlReadingTests : CheckpointReadingConformance<PostgreSqlPlace>;

public sealed class PostgreSqlMarksTests : CheckpointMarksConformance<PostgreSqlPlace>;

public sealed class PostgreSqlLargeTests : CheckpointLargeConformance<PostgreSqlPlace>;

public sealed class PostgreSqlLivesTests : CheckpointLivesConformance<PostgreSqlPlace>;

public sealed class PostgreSqlOperatorsTests : CheckpointOperatorsConformance<PostgreSqlPlace>;

public sealed class PostgreSqlEndsTests : CheckpointEndsConformance<PostgreSqlPlace>;
