namespace AntFlow.Dataflow.Testing;

/// <summary>A place where a checkpoint store keeps runs, such as a file in a folder of its own or a schema in a server: empty at first, and there for one test. It is all you write to check a
/// store of your own with <see cref="CheckpointConformance"/>.</summary>
/// <remarks>Give it a constructor without parameters if the fixture for NUnit is to make it. The members are called one at a time.</remarks>
public abstract class CheckpointPlace : IAsyncDisposable
{
    /// <summary>Opens the place. Called several times, also while stores that were opened before are open, as several processes would: each store sees what the others have written. The caller
    /// disposes the store.</summary>
    /// <returns>The store.</returns>
    public abstract ValueTask<ICheckpointStore> OpenStoreAsync();

    /// <summary>Does to a run what the death of its owner's process would do: the run has no owner afterwards, and nothing was tidied up. What was noted before (<see cref="ICheckpointRun.MarkStartedAsync"/>,
    /// <see cref="ICheckpointRun.MarkEnded"/>, <see cref="ICheckpointRun.MarkPlannedEndAsync"/>) stays noted. What the run is told from then on has no
    /// effect, as of a process that lives and has lost its run; its writes have to be refused.</summary>
    /// <param name="run">A run of a store of this place, as the store has returned it.</param>
    /// <returns>Ends when another owner can open the run.</returns>
    public abstract ValueTask DieAsync(ICheckpointRun run);

    /// <summary>Removes all that is in the place. Called once, after all stores were disposed.</summary>
    /// <returns>The removing.</returns>
    public abstract ValueTask DisposeAsync();
}
