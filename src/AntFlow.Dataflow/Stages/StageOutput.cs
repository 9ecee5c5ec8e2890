namespace AntFlow.Dataflow;

/// <summary>Where the items of a stage go when it has finished them.</summary>
/// <remarks>Most stages have one link. A switch has several, and its exit has chosen one for each item (<see cref="Visit.Link"/>).</remarks>
/// <param name="links">The links.</param>
/// <param name="keys">Where the items of the stage give their keys back; null in a test.</param>
internal sealed class StageOutput(StageLink[] links, StageRequeuing? keys = null)
{

    /// <summary>All links to next stages.</summary>
    public ReadOnlySpan<StageLink> Links => links;

    /// <summary>Passes an item on. From then on the caller no longer owns it.</summary>
    /// <param name="worker">The worker that passes it on; null if it comes from the store.</param>
    /// <param name="item">The item.</param>
    /// <param name="isSkipped">Whether the stage skipped it.</param>
    /// <param name="stamp">When it is passed on.</param>
    /// <returns>What the worker has to wait on before it takes its next item; null if it need not wait.</returns>
    public Waiter? Forward(Worker? worker, Item item, bool isSkipped, long stamp)
    {
        StageLink via = links[item.Visit.Link];
        object? key = item.KeyState;
        if (key is null)
            return via.Target.Arrive(via, worker, item, isSkipped, stamp);
        item.KeyState = null;
        Waiter? waiter = via.Target.Arrive(via, worker, item, isSkipped, stamp);
        // Only now: the next item of the key must not come there before this one.
        keys!.ReleaseKey(key);
        return waiter;
    }

    /// <summary>Asks for room for an item that is passed on later, from the store.</summary>
    /// <param name="link">The number of the link over which it is passed on.</param>
    /// <param name="waiter">What the worker can wait on.</param>
    /// <param name="most">How many items as large as that one may wait there.</param>
    /// <returns>What the worker has to wait on before it takes its next item; null if it need not wait.</returns>
    public Waiter? WaitForRoom(int link, Waiter waiter, int most) => links[link].Target.WaitForRoom(waiter, most);
}
