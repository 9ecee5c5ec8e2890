namespace AntFlow.Dataflow;

/// <summary>Where a stage sends its items: the next stage, or the results.</summary>
internal interface IItemTarget
{
    /// <summary>Makes a link into this target, before the run starts.</summary>
    /// <param name="from">The name of the stage it comes from.</param>
    StageLink Connect(string from);

    /// <summary>Takes the item at once, whatever waits already, and counts it. From then on the caller no longer owns the item.</summary>
    /// <param name="via">The link over which it arrives.</param>
    /// <param name="worker">The worker that passes it on; null if it comes from the store.</param>
    /// <param name="item">The item.</param>
    /// <param name="isSkipped">Whether the stage it comes from skipped it.</param>
    /// <param name="stamp">When it was passed on.</param>
    /// <returns>What the worker has to wait on before it takes its next item; null if it need not wait.</returns>
    Waiter? Arrive(StageLink via, Worker? worker, Item item, bool isSkipped, long stamp);

    /// <summary>Asks for room for an item that comes later, from the store.</summary>
    /// <param name="waiter">What the worker can wait on.</param>
    /// <param name="most">How many items as large as that one may wait here.</param>
    /// <returns>What the worker has to wait on before it takes its next item; null if it need not wait.</returns>
    Waiter? WaitForRoom(Waiter waiter, int most);

    /// <summary>Enters the lock, for a snapshot: locks are taken in the order of the stages.</summary>
    void EnterLock();

    /// <summary>Leaves the lock, after a snapshot.</summary>
    void ExitLock();
}
