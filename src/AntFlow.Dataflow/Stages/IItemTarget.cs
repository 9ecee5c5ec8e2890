namespace AntFlow.Dataflow;

/// <summary>Where a stage hands its items on to: the next stage, or the results.</summary>
internal interface IItemTarget
{
    /// <summary>How many workers of the stages before wait for room here. Exact only between <see cref="EnterLock"/> and <see cref="ExitLock"/>.</summary>
    int WaitingWorkers { get; }

    /// <summary>Makes a way in, before the run starts.</summary>
    StageLink Connect();

    /// <summary>Takes the item at once, whatever waits already, and counts it. From then on it is in nobody's hands.</summary>
    /// <param name="via">The way it comes.</param>
    /// <param name="worker">Who hands it on; null if it comes from the store.</param>
    /// <param name="item">The item.</param>
    /// <param name="isSkipped">Whether the stage it comes from skipped it.</param>
    /// <param name="stamp">When it was handed on.</param>
    /// <returns>What the worker has to wait on before it takes its next item; null if it need not wait.</returns>
    WaitSlip? Arrive(StageLink via, Worker? worker, Item item, bool isSkipped, long stamp);

    /// <summary>Asks for room for an item that comes later, from the store.</summary>
    /// <param name="slip">What the worker can wait on.</param>
    /// <param name="most">How many items as large as that one may wait here.</param>
    /// <returns>What the worker has to wait on before it takes its next item; null if it need not wait.</returns>
    WaitSlip? WaitForRoom(WaitSlip slip, int most);

    /// <summary>Takes part in a snapshot: locks are taken in the order of the stages.</summary>
    void EnterLock();

    /// <summary>Ends the part in a snapshot.</summary>
    void ExitLock();
}
