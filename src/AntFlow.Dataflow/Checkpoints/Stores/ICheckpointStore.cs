namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Keeps runs so that they survive the process. Any number of runs may use one store, also at the same time.</summary>
/// <remarks>The stores of the packages <c>AntFlow.Dataflow.Checkpoints.Sqlite</c> and <c>.PostgreSql</c> are durable. <see cref="InMemoryCheckpointStore"/> keeps runs in memory, for
/// tests. A store of your own has to pass the cases of <c>AntFlow.Dataflow.Testing</c>. All members may be called from any thread.</remarks>
public interface ICheckpointStore : IAsyncDisposable
{
    /// <summary>Gets where the store is, for the log: the path of a file, or a server with its schema. Contains no password.</summary>
    string Location { get; }

    /// <summary>Opens a run, known or new, and becomes its owner until the returned object is disposed or the process ends. The store identifies the owner by its process and machine, such as
    /// <c>process 4711 on worker-3</c>, in <see cref="RunOwnedException.Owner"/> and in <see cref="StoredRun.Owner"/>: there an operator sees which process holds the run.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The run.</returns>
    /// <exception cref="RunOwnedException">Another owner has the run. The message contains its process and machine.</exception>
    ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Reads the runs in the store, in the order in which they were first opened.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The runs.</returns>
    IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds one run. The store counts no items for it, so the call takes the same time however many runs and items there are. Needs no ownership.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The run, with <see cref="StoredRun.NotCounted"/> as each of its counts; null for an unknown run.</returns>
    ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Finds one item of a run, with <see cref="StoredItem.LastStep"/>. Needs no ownership.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="id">The id of the item, in the form of <see cref="StoredItem.Id"/>.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The item; null for an unknown item or run.</returns>
    ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default);

    /// <summary>Reads the items of a run in the order of their keys, each with <see cref="StoredItem.LastStep"/>. Needs no ownership. Empty for an unknown run.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The items.</returns>
    IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default);

    /// <summary>Reads the finished stages of an item in the order of the stages. The input, if it is stored, is stage -1. Needs no ownership.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="id">The id of the item, in the form of <see cref="StoredItem.Id"/>.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The stages.</returns>
    IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default);

    /// <summary>Deletes a run and all its rows. Readers no longer see the run at once. A large run is then deleted in slices, so that other calls do not wait for long. If the process
    /// crashes in between, the next call for any run deletes the remaining rows.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>Whether the run existed.</returns>
    /// <exception cref="RunOwnedException">The run has an owner.</exception>
    ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default);
}
