namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Keeps runs so that they survive the process. One store may be used by any number of runs, also at once.</summary>
/// <remarks>The stores of the packages <c>AntFlow.Dataflow.Checkpoints.Sqlite</c> and <c>.PostgreSql</c> are durable; <see cref="InMemoryCheckpointStore"/> lives as long as its
/// object, for tests. One's own has to pass the cases of <c>AntFlow.Dataflow.Testing</c>. All members may be called from any thread.</remarks>
public interface ICheckpointStore : IAsyncDisposable
{
    /// <summary>Where the store is, for the log: the path of a file, or a server with its schema. Without passwords.</summary>
    string Location { get; }

    /// <summary>Opens a run, known or new, and becomes its owner until the returned object is disposed, or the process dies. The store names the owner by its process and machine, such as
    /// <c>process 4711 on worker-3</c>, in <see cref="RunOwnedException.Owner"/> and in <see cref="StoredRun.Owner"/>: it is where an operator finds what holds the run.</summary>
    /// <param name="runId">Names the run.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The run.</returns>
    /// <exception cref="RunOwnedException">Another owner has the run. The message names its process and machine.</exception>
    ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>The runs in the store, in the order in which they were first opened.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The runs.</returns>
    IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds one run. Nothing is counted: it takes the same time however many runs and items there are. Needs no ownership.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The run, with <see cref="StoredRun.NotCounted"/> as each of its counts; null for an unknown run.</returns>
    ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Finds one item of a run, with <see cref="StoredItem.LastStep"/>. Needs no ownership.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="id">The id of the item, as <see cref="StoredItem.Id"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The item; null for an unknown item or run.</returns>
    ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default);

    /// <summary>The items of a run, in the order of their keys, each with <see cref="StoredItem.LastStep"/>. Needs no ownership. Empty for an unknown run.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The items.</returns>
    IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>The finished stages of an item of a run, in the order of the stages; the input, if it is stored, is stage -1. Needs no ownership.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="id">The id of the item, as <see cref="StoredItem.Id"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The stages.</returns>
    IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default);

    /// <summary>Deletes a run and everything of it. Readers find nothing of it any more at once; a large run is then deleted in slices, so that others do not wait for long.
    /// What a crash leaves of it in between is deleted by the next call for any run.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Whether there was such a run.</returns>
    /// <exception cref="RunOwnedException">The run has an owner.</exception>
    ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default);
}
