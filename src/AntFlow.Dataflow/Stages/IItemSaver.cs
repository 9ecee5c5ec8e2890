namespace AntFlow.Dataflow;

/// <summary>Saves the results of stages: a stage is finished with an item when its result is saved, and only then does the item continue. A run without checkpoints has no saver.</summary>
/// <remarks>Called by workers and callbacks outside all locks. What it is given is written in the order of the calls.</remarks>
internal interface IItemSaver
{
    /// <summary>How many items of a stage may be on their way to the store; workers with further items wait.</summary>
    int MaxSaving { get; }

    /// <summary>The items that ran at a crash, and which of them may run together.</summary>
    SharedSuspectScheduler Suspects { get; }

    /// <summary>Notes that an attempt is about to start. When this ends, the run may have been closed meanwhile: then the attempt must not start.</summary>
    ValueTask MarkStartedAsync(StageBlock block, Worker worker, Item item);

    /// <summary>Whether this process is certain to hold the run at this moment, so that an attempt may start that is not noted.</summary>
    bool IsOwned { get; }

    /// <summary>Ends the wait of attempts that have not started and wait for the store: they no longer start. Called outside all locks, more than once.</summary>
    void EndWaiting();

    /// <summary>Notes that nothing of the worker's item runs any more. Another suspect may start then.</summary>
    void MarkEnded(Worker worker);

    /// <summary>Prepares the item's value for the store. Runs user code (a serializer): the item may be taken away from the worker meanwhile, and what the code throws is returned.</summary>
    /// <returns>What is to be saved; null if the serializer threw.</returns>
    SavedStep? Prepare(StageBlock block, Worker worker, Item item, bool isSkipped, out Exception? error);

    /// <summary>Returns the error of an item whose value could not be prepared.</summary>
    Exception Unsavable(StageBlock block, Item item, Exception error);

    /// <summary>Reserves room for the bytes of what was prepared. The room is given back once they are written, or once it is known that they will not be.</summary>
    /// <returns>False if the worker first has to wait on the waiter; the item has its room once the waiter is answered.</returns>
    bool TryTakeRoom(StageBlock block, Item item, Waiter waiter);

    /// <summary>Saves what was prepared, which is in the item's record. <see cref="StageSaving.OnSaved"/> or <see cref="StageSaving.OnNotSaved"/> follows, on another thread.</summary>
    /// <param name="block">The stage.</param>
    /// <param name="item">The item.</param>
    /// <param name="mostWaiting">How many items with values of this size may wait in front of the next stage.</param>
    void Save(StageBlock block, Item item, out int mostWaiting);

    /// <summary>Saves that the item has failed permanently. <see cref="StageSaving.OnFailureSaved"/> follows, on another thread, even if it could not be saved.</summary>
    /// <param name="block">The stage.</param>
    /// <param name="worker">The worker that had it.</param>
    /// <param name="item">The item.</param>
    /// <param name="error">The error it failed with.</param>
    /// <param name="function">The function, other than a task, in which it failed; null for a task. It is reported in this run, and not stored.</param>
    void SaveFailure(StageBlock block, Worker worker, Item item, Exception error, string? function);

    /// <summary>Saves that a filter did not let the item through. <see cref="StageSaving.OnFilteredSaved"/> follows, on another thread, even if it could not be saved.</summary>
    void SaveFiltered(StageBlock block, Worker worker, Item item, Exception error);

    /// <summary>Saves that the item waits for its next attempt. Nothing waits for this write.</summary>
    void SaveRetry(StageBlock block, Item item, Exception error, TimeSpan delay);

    /// <summary>Saves that <c>OnSuccess</c> has returned. Nothing waits for this write.</summary>
    void SaveNotified(StageBlock block, Item item);
}
