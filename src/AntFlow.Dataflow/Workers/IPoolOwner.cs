namespace AntFlow.Dataflow;

/// <summary>The owner of a pool of workers: a stage, or an executor.</summary>
internal interface IPoolOwner
{
    /// <summary>Runs the loop of a worker in the block that hosts it, until the host is retired. Never throws.</summary>
    Task<Activation> RunLoopAsync(Activation activation);

    /// <summary>Called when the block that hosts the workers broke.</summary>
    void OnHostFault(Exception error);

    /// <summary>Returns whether fresh and returning items may start at all: not while paused.</summary>
    bool MayStart(in LockScope held);

    /// <summary>Called when the worker has finished its last item and has taken the next one, or none: what waited until that one was taken is released.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="next">The item.</param>
    /// <param name="isPermitFree">Whether the worker has given back a permit that its last item had.</param>
    /// <param name="held">The section.</param>
    /// <returns>Whether the worker may begin with the next item at once.</returns>
    Outcome OnNext(Worker worker, Item? next, bool isPermitFree, in LockScope held);

    /// <summary>Called when an item has left the front for the line of those that wait for a start permit.</summary>
    /// <param name="item">The item.</param>
    /// <param name="now">What <see cref="StampForDeferred"/> returned before the section.</param>
    /// <param name="held">The section.</param>
    void OnDeferred(Item item, long now, in LockScope held);

    /// <summary>Returns the time, if it is noted when items begin to wait for a permit; otherwise 0. Called outside the lock.</summary>
    long StampForDeferred();
}
