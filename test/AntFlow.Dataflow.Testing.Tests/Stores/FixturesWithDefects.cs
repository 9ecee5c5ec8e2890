using AntFlow.Dataflow.Testing.Tests.Samples;

namespace AntFlow.Dataflow.Testing.Tests.Stores;

/// <summary>A place whose stores have a defect.</summary>
internal abstract class FixtureWithDefect : CheckpointStoreFixture
{
    private readonly MyFixture _fixture = new();

    public override async ValueTask<ICheckpointStore> OpenStoreAsync()
    {
        var store = (MyStore)await _fixture.OpenStoreAsync();
        Break(store);
        return store;
    }

    public override ValueTask CrashAsync(ICheckpointRun run) => _fixture.CrashAsync(run);

    public override ValueTask DisposeAsync() => _fixture.DisposeAsync();

    protected abstract void Break(MyStore store);
}

internal sealed class FixtureThatForgetsChunks : FixtureWithDefect
{
    protected override void Break(MyStore store) => store.ForgetsChunks = true;
}

internal sealed class FixtureOfTwoOwners : FixtureWithDefect
{
    protected override void Break(MyStore store) => store.LetsTwoOwnersIn = true;
}
