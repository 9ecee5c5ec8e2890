namespace AntFlow.Dataflow.Testing;

/// <summary>The place where a checkpoint store keeps runs, such as a file in its own folder or a schema on a server: empty at first, and used by one test. It is all you write to check a
/// store of your own with <see cref="CheckpointConformance"/>.</summary>
/// <remarks>Give it a constructor without parameters if the NUnit fixture is to create it. The members are called one at a time.</remarks>
public abstract class CheckpointStoreFixture : IAsyncDisposable
{
    /// <summary>Opens a store in the place. Called several times, also while earlier stores are open, as several processes would do: each store sees what the others have written. The caller
    /// disposes the store.</summary>
    /// <returns>The store.</returns>
    public abstract ValueTask<ICheckpointStore> OpenStoreAsync();

    /// <summary>Does to a run what a crash of its owner's process would do: the run has no owner afterwards, and nothing was cleaned up. Earlier records (<see cref="ICheckpointRun.MarkStartedAsync"/>,
    /// <see cref="ICheckpointRun.MarkEnded"/>, <see cref="ICheckpointRun.MarkPlannedEndAsync"/>) are kept. Later calls to the run have no
    /// effect, as in a process that still runs but has lost its run; its writes must be refused.</summary>
    /// <param name="run">A run of a store of this place, as the store has returned it.</param>
    /// <returns>A task that completes when another owner can open the run.</returns>
    public abstract ValueTask CrashAsync(ICheckpointRun run);

    /// <summary>Removes everything in the place. Called once, after all stores were disposed.</summary>
    /// <returns>A task that completes when everything is removed.</returns>
    public abstract ValueTask DisposeAsync();
}
