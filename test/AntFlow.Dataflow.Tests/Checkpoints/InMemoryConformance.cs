using AntFlow.Dataflow.TestKit.Checkpoints;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>The object is the place: it lives as long as the test.</summary>
public sealed class InMemoryPlace : CheckpointPlace
{
    private readonly InMemoryCheckpointStore _store = new();

    public override ValueTask<ICheckpointStore> OpenStoreAsync() => new(_store);

    public override ValueTask DieAsync(ICheckpointRun run)
    {
        ((InMemoryCheckpointRun)run).Die();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class InMemoryRunsTests : CheckpointRunsConformance<InMemoryPlace>;

public sealed class InMemoryOwnershipTests : CheckpointOwnershipConformance<InMemoryPlace>;

public sealed class InMemoryWritingTests : CheckpointWritingConformance<InMemoryPlace>;

public sealed class InMemoryReadingTests : CheckpointReadingConformance<InMemoryPlace>;

public sealed class InMemoryMarksTests : CheckpointMarksConformance<InMemoryPlace>;

public sealed class InMemoryLargeTests : CheckpointLargeConformance<InMemoryPlace>;

public sealed class InMemoryLivesTests : CheckpointLivesConformance<InMemoryPlace>;

public sealed class InMemoryEndsTests : CheckpointEndsConformance<InMemoryPlace>;

public sealed class InMemoryOperatorsTests : CheckpointOperatorsConformance<InMemoryPlace>;
