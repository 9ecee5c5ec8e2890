namespace AntFlow.Dataflow;

/// <summary>How an item stands in its stage.</summary>
internal enum Standing : byte
{
    /// <summary>Nothing of the stage has begun for it.</summary>
    Fresh,

    /// <summary>It waits for what is left of the delay that an earlier start of the run gave it. Nothing of the stage has begun for it in this one.</summary>
    Resuming,

    /// <summary>It has been asked whether it is to be skipped, or an attempt has begun.</summary>
    Started,

    /// <summary>An attempt has failed, and it waits for the next one.</summary>
    Retrying,

    /// <summary>The same, and it was a throttling: "not now".</summary>
    Throttled,

    /// <summary>The stage is done with it, and that is durable: what is left is to tell of it, and to hand it on.</summary>
    Saved,
}

/// <summary>An item's stay in a stage. It begins with the arrival, and the next stage has another one. Mutable: a field that is not copied.</summary>
internal struct Visit
{
    /// <summary>Its place among all of its priority, drawn at the arrival and kept over retries.</summary>
    public long Ticket;

    /// <summary>Since when a worker could take the item: it was accepted, arrived, was due again, or ended its last task. Nothing begins earlier.</summary>
    public long ReadyAt;

    public Standing Standing;

    /// <summary>Whether the item holds a place (<c>MaxInFlight</c>) while it waits. In the hands of a worker it is the worker that does.</summary>
    public bool HoldsPlace;

    /// <summary>Whether a task has been started for the item, be it in an earlier attempt.</summary>
    public bool HasStarted;

    /// <summary>The task that is to be run next, or runs.</summary>
    public int TaskIndex;

    public int Attempt;

    /// <summary>How often in a row the last calls were throttled.</summary>
    public int Refusals;

    /// <summary>When the first task was started.</summary>
    public long StartedAt;

    /// <summary>When the first task of this pass through the stage's tasks began.</summary>
    public long PassBeganAt;

    /// <summary>How long the calls of this pass took that succeeded.</summary>
    public long PassTicks;

    /// <summary>When the item was first throttled in the stage; null if it never was.</summary>
    public long? ThrottledSince;

    /// <summary>What the last attempt has failed with.</summary>
    public Exception? LastError;

    /// <summary>Whether it waits for an attempt after one that has failed, or has been taken for that and it has not begun yet.</summary>
    public readonly bool AwaitsRetry => Standing is Standing.Resuming or Standing.Retrying or Standing.Throttled;

    /// <summary>Whether it was asked already whether it is to be skipped.</summary>
    public readonly bool WasAsked => Standing is not (Standing.Fresh or Standing.Resuming);

    public readonly bool IsThrottled => Standing == Standing.Throttled;

    public readonly bool IsSaved => Standing == Standing.Saved;
}
