using AntFlow.Dataflow.Testing.NUnit;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>The object is the place: it exists as long as the test.</summary>
public sealed class InMemoryPlace : CheckpointPlace
{
    private readonly InMemoryCheckpointStore _store = new();

    public override ValueTask<ICheckpointStore> OpenStoreAsync() => new(_store);

    public override ValueTask DieAsync(ICheckpointRun run)
    {
        ((InMemoryCheckpointRun)run).SimulateCrash();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class InMemoryConformance : CheckpointStoreConformance<InMemoryPlace>;
