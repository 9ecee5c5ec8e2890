namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>A place where a store keeps runs: one for each test, and empty at first. This is all a provider has to write.</summary>
public abstract class CheckpointPlace : IAsyncDisposable
{
    /// <summary>Opens the place; each time the same.</summary>
    public abstract ValueTask<ICheckpointStore> OpenStoreAsync();

    /// <summary>Does to a run what the death of its owner's process would do: it is free afterwards, and nothing was tidied up. What was told before (an attempt that ended) is noted.</summary>
    public abstract ValueTask DieAsync(ICheckpointRun run);

    /// <summary>Leaves nothing behind.</summary>
    public abstract ValueTask DisposeAsync();
}
