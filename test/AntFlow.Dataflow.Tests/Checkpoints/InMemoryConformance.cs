using AntFlow.Dataflow.Testing.NUnit;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>The object is the place: it exists as long as the test.</summary>
public sealed class InMemoryFixture : CheckpointStoreFixture
{
    private readonly InMemoryCheckpointStore _store = new();

    public override ValueTask<ICheckpointStore> OpenStoreAsync() => new(_store);

    public override ValueTask CrashAsync(ICheckpointRun run)
    {
        ((InMemoryCheckpointRun)run).SimulateCrash();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class InMemoryConformance : CheckpointStoreConformance<InMemoryFixture>;
