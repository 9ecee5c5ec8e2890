namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run in a store, held by its owner. Disposing it releases the run.</summary>
/// <remarks>The library calls <see cref="WriteAsync"/> for one batch at a time. All other members may be called from any thread, also during a write. The library treats an exception of a
/// method as temporary and calls the method again for up to <see cref="CheckpointOptions.GiveUpAfter"/>. There are three exceptions to this rule: a <see cref="LeaseLostException"/> ends
/// the run, and after an <see cref="ObjectDisposedException"/> or an <see cref="InvalidDataException"/> (the data are damaged) the library stops using the store at once.</remarks>
public interface ICheckpointRun : IAsyncDisposable
{
    /// <summary>Gets the number of this opening. It is unique among all openings of all runs of the store, and it rises: the keys of new items are made from it.
    /// At least 1, at most <see cref="int.MaxValue"/>.</summary>
    long Epoch { get; }

    /// <summary>Gets the <see cref="CheckpointBatch.Description"/> that was stored last; null for a new run.</summary>
    string? Description { get; }

    /// <summary>Gets the number of items that the store held for the run when it was opened.</summary>
    long StoredItems { get; }

    /// <summary>Gets the attempts that earlier owners had started and not ended when their process crashed (<see cref="MarkStartedAsync"/>). Later owners get them as well, until
    /// <see cref="ForgetInterruptedAsync"/> is called.</summary>
    IReadOnlyList<StartMark> Interrupted { get; }

    /// <summary>Gets the attempts that earlier owners had started and not ended when their process ended as planned (<see cref="MarkPlannedEndAsync"/>): no crash interrupted them. The library
    /// only logs them. A store may forget them with this opening.</summary>
    IReadOnlyList<StartMark> InterruptedAsPlanned { get; }

    /// <summary>Gets a token that is canceled once it is certain that another owner has the run or that the run was deleted. The run then ends, and its running tasks are canceled. The token
    /// is not canceled while the loss is only possible, for example when a lease has ended and the server cannot be reached.</summary>
    CancellationToken Lost { get; }

    /// <summary>Gets whether this owner is certain to hold the run at this moment. Returns quickly and never waits: the library asks before every attempt. False once the run is lost or
    /// released, and while the answer cannot be known: a store with leases returns false when the lease has ended. A store whose runs cannot be taken over returns true until the run is disposed.</summary>
    bool IsOwned { get; }

    /// <summary>Waits until this owner is certain to hold the run. Returns at once while <see cref="IsOwned"/> is true, otherwise when the store has confirmed it. An attempt that is about to
    /// start, and an <c>OnceAsync</c> call that is about to begin, wait here; running attempts continue. The library stops waiting after <see cref="CheckpointOptions.GiveUpAfter"/>.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when this owner holds the run.</returns>
    /// <exception cref="LeaseLostException">The run belongs to another owner, was deleted, or was released.</exception>
    /// <exception cref="OperationCanceledException">The wait was canceled.</exception>
    ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default);

    /// <summary>Sets the callback for failures outside the calls that are made to the run, such as a failed renewal of a lease. Called once, right after the run is opened. A store
    /// without background work ignores it.</summary>
    /// <param name="report">Receives the error after each failure, and null once everything works again. May be called from any thread, under no lock. Does not throw.</param>
    void ReportTroubleTo(Action<Exception?> report);

    /// <summary>Sets the callback for warnings: conditions that an operator should know and that do not fail yet, such as a file that keeps growing. Called once, right after the run is
    /// opened. By default nothing is reported.</summary>
    /// <param name="report">Receives a sentence. May be called from any thread, under no lock. Does not throw.</param>
    void ReportWarningsTo(Action<string> report)
    {
    }

    /// <summary>Writes a batch completely or not at all. When the task completes, the batch is durable and the caller may reuse its memory. The library may write a batch again, after an
    /// error or after a success whose response was lost: every row replaces the row with the same key. Every value is read back exactly as it was written; a time keeps its ticks as an
    /// instant, but not its offset. A reader sees the item and the steps that a batch has for it either completely or not at all.</summary>
    /// <param name="batch">The rows to write. Each key occurs once.</param>
    /// <param name="cancellationToken">Cancels the attempt; whether the batch was written is then unknown.</param>
    /// <returns>A task that completes when the batch is durable.</returns>
    /// <exception cref="LeaseLostException">Another owner has the run (the transaction of the write has found another epoch); nothing was written. A store with leases makes the same check
    /// after the lease has ended, and writes if this owner still has the run.</exception>
    ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Finds an item by its id, with <see cref="StoredItem.LastStep"/>.</summary>
    /// <param name="id">The id, in the form of <see cref="StoredItem.Id"/>.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The item; null if there is none.</returns>
    ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Reads the items of the run in the order of their keys, each with <see cref="StoredItem.LastStep"/>: the items that exist when the reading begins, in a state not later than
    /// the moment each one is read. Must not block writes, however long the reading takes.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The items.</returns>
    IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds the result of a stage of an item.</summary>
    /// <param name="item">The key of the item.</param>
    /// <param name="stage">The index of the stage; -1 for the input.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The step; null if there is none.</returns>
    ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default);

    /// <summary>Reads the pieces of a value that was too large for one row, in their order.</summary>
    /// <param name="item">The key of the item.</param>
    /// <param name="stage">The index of the stage; -1 for the input.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The pieces.</returns>
    ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default);

    /// <summary>Reads the <c>OnceAsync</c> calls of an item.</summary>
    /// <param name="item">The key of the item.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>All calls, in no particular order.</returns>
    ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default);

    /// <summary>Records that an attempt is about to start, so that the next owner knows what was running when the process crashed. The record has to survive a crash of the process, but
    /// not of the machine. Called and awaited before the attempt.</summary>
    /// <param name="slot">The worker that runs the attempt: a small number from 0 that one worker at a time uses. Replaces the earlier record of the slot.</param>
    /// <param name="stage">The index of the stage.</param>
    /// <param name="id">The id of the item, in the form of <see cref="StoredItem.Id"/>: at most <see cref="StartMark.MaxIdBytes"/> bytes in UTF-8.</param>
    /// <returns>A task that completes when the start is recorded.</returns>
    ValueTask MarkStartedAsync(int slot, int stage, string id);

    /// <summary>Records that the attempt of a slot has ended. Never waits; the record may be written a little later. Has no effect once the run is lost or its process has ended:
    /// the attempts that ran at that time count as interrupted. Disposing the run removes its records.</summary>
    /// <param name="slot">The worker that ran the attempt.</param>
    void MarkEnded(int slot);

    /// <summary>Records that the process is about to end as planned, or that it no longer is. This does not change the run. It only decides how attempts count that are running when the process
    /// ends: they are <see cref="InterruptedAsPlanned"/> instead of <see cref="Interrupted"/>. Called while the process ends, so the method makes one small write and does not wait for
    /// the disk; a write that takes longer than a second counts as not made. The last call counts. May be called while other methods run. Does nothing on a run that was released.</summary>
    /// <param name="isPlanned">Whether an end of the process from now on is planned.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>A task that completes when the record is written.</returns>
    ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default);

    /// <summary>Deletes <see cref="Interrupted"/> and <see cref="InterruptedAsPlanned"/> from the store, after the library has counted them.</summary>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>A task that completes when they are deleted.</returns>
    ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default);
}
