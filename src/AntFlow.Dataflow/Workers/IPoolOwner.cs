namespace AntFlow.Dataflow;

/// <summary>What a pool of workers works for: a stage, or an executor.</summary>
internal interface IPoolOwner
{
    /// <summary>Runs the loop of a worker in the block that hosts it, until the host is retired. Never throws.</summary>
    Task<Activation> RunLoopAsync(Activation activation);

    /// <summary>The block that hosts the workers broke.</summary>
    void OnHostFault(Exception error);

    /// <summary>Whether fresh and returning items may start at all: not while paused.</summary>
    bool MayStart(in Section held);

    /// <summary>The worker is done with its last item and has taken the next one, or none: what waited for that one to be taken is free.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="next">The item.</param>
    /// <param name="isPermitFree">Whether the worker has given a permit back that its last item had.</param>
    /// <param name="held">The section.</param>
    /// <returns>Whether the worker may begin with the next one at once.</returns>
    Outcome OnNext(Worker worker, Item? next, bool isPermitFree, in Section held);

    /// <summary>An item has left the front for the line of those that wait for a start permit.</summary>
    /// <param name="item">The item.</param>
    /// <param name="now">What <see cref="StampForHeld"/> has said before the section.</param>
    /// <param name="held">The section.</param>
    void OnHeld(Item item, long now, in Section held);

    /// <summary>The time, if it is noted when items begin to wait for a permit; else 0. Called outside the lock.</summary>
    long StampForHeld();
}
