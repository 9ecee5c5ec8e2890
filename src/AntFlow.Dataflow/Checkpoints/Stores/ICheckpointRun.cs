namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run in a store, in the hands of its owner. Disposing it gives it up.</summary>
/// <remarks>The library calls <see cref="WriteAsync"/> for one batch at a time; everything else may be called from any thread, also meanwhile. What a method throws is taken for something
/// that passes, and tried again for <see cref="CheckpointOptions.GiveUpAfter"/>; but for <see cref="LeaseLostException"/>, which ends the run, and <see cref="ObjectDisposedException"/> and
/// <see cref="InvalidDataException"/> (the data are damaged), with which the store is given up at once.</remarks>
public interface ICheckpointRun : IAsyncDisposable
{
    /// <summary>Numbers this opening. Unique among all openings of all runs of the store, and rising: the keys of new items are made of it.
    /// At least 1, at most <see cref="int.MaxValue"/>.</summary>
    long Epoch { get; }

    /// <summary>What was stored last as <see cref="CheckpointBatch.Description"/>; null for a new run.</summary>
    string? Description { get; }

    /// <summary>How many items of the run were in the store when it was opened.</summary>
    long StoredItems { get; }

    /// <summary>What earlier owners had started and not ended when they died (<see cref="MarkStartedAsync"/>). Stays there, also for later owners, until
    /// <see cref="ForgetInterruptedAsync"/>.</summary>
    IReadOnlyList<StartMark> Interrupted { get; }

    /// <summary>What earlier owners had started and not ended when their process ended as planned (<see cref="MarkPlannedEndAsync"/>): it was interrupted by no crash. For the log: a store may
    /// forget it with this opening.</summary>
    IReadOnlyList<StartMark> InterruptedAsPlanned { get; }

    /// <summary>Canceled once it is known that the run belongs to another owner, or was deleted: then the run ends, and its running tasks are canceled. Not canceled while that
    /// is only possible, such as when a lease has ended and the server cannot be asked.</summary>
    CancellationToken Lost { get; }

    /// <summary>Whether the run is certain to be this owner's at this moment. Quick, and never waits: asked before every attempt. False once the run is lost or given up, and while
    /// it cannot be known: a store that lends a run for a limited time says false when that time is over. A store whose runs cannot be taken over says true until the run is disposed.</summary>
    bool IsHeld { get; }

    /// <summary>Waits until the run is certain to be this owner's: ends at once while <see cref="IsHeld"/>, else when the store could be asked and has answered. An attempt that
    /// would start, and an <c>OnceAsync</c> that would begin, wait here; what runs already goes on. The library gives the store up after <see cref="CheckpointOptions.GiveUpAfter"/>.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The waiting.</returns>
    /// <exception cref="LeaseLostException">The run belongs to another owner, was deleted, or was given up.</exception>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    ValueTask WaitUntilHeldAsync(CancellationToken cancellationToken = default);

    /// <summary>Says where to report what fails beside the calls that are made to the run, such as the renewal of a lease. Called once, right after the opening. A store that does
    /// nothing in the background ignores it.</summary>
    /// <param name="report">Takes what failed, after each failure, the first included; and null once all works again. May be called from any thread, under no lock. Does not throw.</param>
    void ReportTroubleTo(Action<Exception?> report);

    /// <summary>Says where to report what an operator should know and what does not fail yet, such as a file that grows without end. Called once, right after the opening. By default
    /// nothing is reported.</summary>
    /// <param name="report">Takes a sentence. May be called from any thread, under no lock. Does not throw.</param>
    void ReportWarningsTo(Action<string> report)
    {
    }

    /// <summary>Writes a batch: all of it or nothing. When it returns, the batch is durable. A batch may be written again, after an error as well as after a success
    /// whose answer was lost: every entry replaces the one of the same key. Every value comes back as it was; a time to the tick, as an instant (its offset is not kept).
    /// When it returns, the memory of the batch is the caller's again. A reader sees what a batch says
    /// of an item (the item and its steps) as a whole or not at all.</summary>
    /// <param name="batch">What to write. No key is in it twice.</param>
    /// <param name="cancellationToken">Ends the attempt; whether the batch was written is then unknown.</param>
    /// <returns>The writing.</returns>
    /// <exception cref="LeaseLostException">The run is another owner's by now (its epoch is another one, asked in the transaction of the writing); nothing was written. A store that lends
    /// a run for a limited time asks so also when that time is over, and writes if the run is still this owner's.</exception>
    ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Finds an item by its id, with <see cref="StoredItem.LastStep"/>.</summary>
    /// <param name="id">The id, as <see cref="StoredItem.Id"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The item; null if there is none.</returns>
    ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The items of the run in the order of their keys, each with <see cref="StoredItem.LastStep"/>: those that are there when the reading begins,
    /// each as it is when it is read, at the latest. Must not hinder writing, however long it takes.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The items.</returns>
    IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds what a stage of an item ended with.</summary>
    /// <param name="item">The key of the item.</param>
    /// <param name="stage">The index of the stage; -1 for the input.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The step; null if there is none.</returns>
    ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default);

    /// <summary>The pieces of a value that was too large for one, in their order.</summary>
    /// <param name="item">The key of the item.</param>
    /// <param name="stage">The index of the stage; -1 for the input.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The pieces.</returns>
    ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default);

    /// <summary>What an item has done once.</summary>
    /// <param name="item">The key of the item.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>All of it, in no particular order.</returns>
    ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default);

    /// <summary>Notes that an attempt is about to start, so that it can be told after the death of the process (not of the machine) what was running. Called before the attempt
    /// and awaited.</summary>
    /// <param name="slot">The worker that runs it: a small number that one worker at a time uses, from 0. Replaces what was noted for the slot before.</param>
    /// <param name="stage">The index of the stage.</param>
    /// <param name="id">The id of the item, as <see cref="StoredItem.Id"/>: at most <see cref="StartMark.MaxIdBytes"/> bytes in UTF-8.</param>
    /// <returns>The noting.</returns>
    ValueTask MarkStartedAsync(int slot, int stage, string id);

    /// <summary>Notes that the attempt of a slot has ended. Never waits; may be noted a little later. Has no effect once the run is lost, or its owner has died: what ran then is what was interrupted. Disposing the run takes its marks away.</summary>
    /// <param name="slot">The worker that ran it.</param>
    void MarkEnded(int slot);

    /// <summary>Notes that the process is about to end as planned, or that it is not after all. It tells nothing of the run but only whose fault it is if something is running when the process ends:
    /// the marks of this epoch are <see cref="InterruptedAsPlanned"/> then, and not <see cref="Interrupted"/>. Called while the process ends, so it does one small write and does not wait for
    /// the disk; what has not ended within a second counts as not written. The last call counts. May be called while other methods run, and on a run that was given up, where it does nothing.</summary>
    /// <param name="isPlanned">Whether an end that comes now is planned.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The noting.</returns>
    ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default);

    /// <summary>Forgets <see cref="Interrupted"/> and <see cref="InterruptedAsPlanned"/>: it has been counted.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The forgetting.</returns>
    ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default);
}
