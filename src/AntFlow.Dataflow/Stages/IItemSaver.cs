namespace AntFlow.Dataflow;

/// <summary>The save-before-forward seam: a stage of an item is finished when its result is saved, and only then does the item go on. A run without checkpoints has none.</summary>
/// <remarks>Called by workers and callbacks outside all locks. What is given to it is written in the order of the calls.</remarks>
internal interface IItemSaver
{
    /// <summary>How many items of a stage may be on their way to the store; workers wait with further ones.</summary>
    int MaxSaving { get; }

    /// <summary>The items that ran at a crash, and which of them may run together.</summary>
    Suspects Suspects { get; }

    /// <summary>Notes that an attempt is about to start. When this ends, the run may have been closed meanwhile: then the attempt must not start.</summary>
    ValueTask MarkStartedAsync(StageBlock block, Worker worker, Item item);

    /// <summary>Attempts that have not started and wait for the store do not start any more. Called outside all locks, more than once.</summary>
    void EndWaiting();

    /// <summary>Notes that nothing of the worker's item runs any more. Another suspect may start then.</summary>
    void MarkEnded(Worker worker);

    /// <summary>Prepares the item's value for the store. User code (a serializer): the item may be taken away from the worker meanwhile, and what it throws is returned.</summary>
    /// <returns>What is to be saved; null if it has thrown.</returns>
    SavedStep? Prepare(StageBlock block, Worker worker, Item item, bool isSkipped, out Exception? error);

    /// <summary>What an item fails with whose value could not be prepared.</summary>
    Exception Unsavable(StageBlock block, Item item, Exception error);

    /// <summary>Takes room for the bytes of what was prepared; it is given back once they are written, or will not be.</summary>
    /// <returns>False if the worker has to wait on the slip first; the item has its room once that is answered.</returns>
    bool TryTakeRoom(StageBlock block, Item item, WaitSlip slip);

    /// <summary>Saves what was prepared, which is in the item's record. <see cref="StageSaving.OnSaved"/> or <see cref="StageSaving.OnNotSaved"/> follows, on another thread.</summary>
    /// <param name="block">The stage.</param>
    /// <param name="item">The item.</param>
    /// <param name="mostWaiting">How many items with values as large may wait in front of the next stage.</param>
    void Save(StageBlock block, Item item, out int mostWaiting);

    /// <summary>Saves that the item has failed for good. <see cref="StageSaving.OnFailureSaved"/> follows, on another thread, also if it could not be saved.</summary>
    /// <param name="block">The stage.</param>
    /// <param name="worker">The worker that had it.</param>
    /// <param name="item">The item.</param>
    /// <param name="error">Why.</param>
    /// <param name="function">The function beside the tasks that it failed in; null for a task. It is told of in this run, and not stored.</param>
    void SaveFailure(StageBlock block, Worker worker, Item item, Exception error, string? function);

    /// <summary>Saves that the item waits for its next attempt. Nothing waits for that.</summary>
    void SaveRetry(StageBlock block, Item item, Exception error, TimeSpan delay);

    /// <summary>Saves that <c>OnSuccess</c> has returned. Nothing waits for that.</summary>
    void SaveTold(StageBlock block, Item item);
}
