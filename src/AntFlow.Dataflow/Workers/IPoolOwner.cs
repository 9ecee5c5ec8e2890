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

    /// <summary>The worker is done with its last item and has taken the next one, or none: what the last one held is free, and so is what waited for the next one to be taken.</summary>
    /// <returns>Whether the worker may begin with the next one at once.</returns>
    Outcome OnNext(Worker worker, Item? next, in Section held);
}
