using AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;
using AntFlow.Dataflow.Testing.NUnit;
using Npgsql;
using NUnit.Framework;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests;

/// <summary>A schema of its own in the shared server.</summary>
public sealed class PostgreSqlFixture : CheckpointStoreFixture
{
    private TestStore? _first;

    public override async ValueTask<ICheckpointStore> OpenStoreAsync()
    {
        _first ??= await TestStore.OpenAsync();
        return await _first.OpenAgainAsync();
    }

    public override async ValueTask CrashAsync(ICheckpointRun run)
    {
        await ((PostgreSqlCheckpointRun)run).SimulateCrashAsync();
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
public sealed class DataSourceFixture : CheckpointStoreFixture
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(SharedServer.ConnectionString);
    private TestStore? _first;

    public override async ValueTask<ICheckpointStore> OpenStoreAsync()
    {
        _first ??= await TestStore.OpenAsync();
        return await PostgreSqlCheckpointStore.OpenAsync(_source, new PostgreSqlCheckpointOptions { Schema = _first.Schema });
    }

    public override async ValueTask CrashAsync(ICheckpointRun run)
    {
        await ((PostgreSqlCheckpointRun)run).SimulateCrashAsync();
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

public sealed class PostgreSqlConformance : CheckpointStoreConformance<PostgreSqlFixture>;

/// <summary>What a data source may have a part in: the rest is the same as over connections of the store's own.</summary>
public sealed class DataSourceConformance
{
    private static readonly string[] _topics = ["Runs", "Ownership", "Marks", "Restarts"];

    private static IEnumerable<TestCaseData> Cases =>
        CheckpointConformance.Cases.Where(checkedCase => _topics.Contains(checkedCase.Topic, StringComparer.Ordinal)).Select(checkedCase => new TestCaseData(checkedCase).SetName(checkedCase.ToString()));

    [TestCaseSource(nameof(Cases))]
    public async Task CheckAsync(ConformanceCase checkedCase)
    {
        await using var fixture = new DataSourceFixture();
        await checkedCase.RunAsync(fixture);
    }
}
