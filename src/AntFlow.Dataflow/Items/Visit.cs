namespace AntFlow.Dataflow;

/// <summary>The state of an item in its stage.</summary>
internal enum VisitState : byte
{
    /// <summary>No work of the stage has started for the item.</summary>
    Fresh,

    /// <summary>The item waits for the rest of a delay from an earlier start of the run. No work of the stage has started for it in this run.</summary>
    Resuming,

    /// <summary>SkipIf was evaluated for the item, or an attempt has started.</summary>
    Started,

    /// <summary>An attempt has failed, and the item waits for the next one.</summary>
    Retrying,

    /// <summary>Same as Retrying, but the call was throttled.</summary>
    Throttled,

    /// <summary>The item waits for its next look, or was taken for it and the look has not started yet.</summary>
    Polling,

    /// <summary>The stage has processed the item, and that is durable. The completion is still to be reported, and the item to be handed on.</summary>
    Saved,
}

/// <summary>The stay of an item in a stage. It starts when the item arrives; each stage has a new one. Mutable: a field that is not copied.</summary>
internal struct Visit
{
    /// <summary>The position among all items of its priority, assigned at arrival and kept across retries.</summary>
    public long Ticket;

    /// <summary>Since when a worker could take the item: when it was accepted, arrived, became due again, or ended its last task. Nothing starts earlier.</summary>
    public long ReadyAt;

    public VisitState Standing;

    /// <summary>Whether the item occupies a place (<c>MaxInFlight</c>) while it waits. While a worker processes the item, the worker occupies the place.</summary>
    public bool HoldsPlace;

    /// <summary>Whether a task has been started for the item, in this attempt or an earlier one.</summary>
    public bool HasStarted;

    /// <summary>The index of the task that runs, or is to run next.</summary>
    public int TaskIndex;

    public int Attempt;

    /// <summary>The number of the link over which the item leaves the stage.</summary>
    public int Link;

    /// <summary>The number of successive calls that were throttled.</summary>
    public int Refusals;

    /// <summary>When the first task was started.</summary>
    public long StartedAt;

    /// <summary>When the first task of the current pass through the tasks of the stage started.</summary>
    public long PassBeganAt;

    /// <summary>The total duration of the successful calls of this pass.</summary>
    public long PassTicks;

    /// <summary>When the item was first throttled in the stage; null if it never was.</summary>
    public long? ThrottledSince;

    /// <summary>The error of the last attempt.</summary>
    public Exception? LastError;

    /// <summary>Whether the item waits for an attempt after a failed one, or was taken for that attempt and it has not started yet.</summary>
    public readonly bool AwaitsRetry => Standing is VisitState.Resuming or VisitState.Retrying or VisitState.Throttled;

    /// <summary>Whether SkipIf was evaluated already.</summary>
    public readonly bool WasAsked => Standing is not (VisitState.Fresh or VisitState.Resuming);

    public readonly bool IsThrottled => Standing == VisitState.Throttled;

    public readonly bool IsPolling => Standing == VisitState.Polling;

    public readonly bool IsSaved => Standing == VisitState.Saved;
}
