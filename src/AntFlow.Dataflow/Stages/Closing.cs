namespace AntFlow.Dataflow;

/// <summary>How far a run has gone towards its end. Only rises.</summary>
internal enum Closing
{
    /// <summary>Everything may start.</summary>
    No,

    /// <summary>Stopping gently: started items continue to the end.</summary>
    AfterItem,

    /// <summary>Stopping gently: executions that run finish.</summary>
    AfterStage,

    /// <summary>Canceled: nothing starts any more.</summary>
    Canceled,
}

internal static class ClosingRules
{
    /// <summary>Returns whether an item that waits in the queue, for a permit or between two tasks may still continue.</summary>
    public static bool MayGoOn(this Closing closing, Item item) => closing switch
    {
        Closing.No => true,
        // Nothing is retried once a run is being stopped.
        _ when item.Visit.AwaitsRetry => false,
        Closing.AfterItem => item.HasStarted,
        // A look does not finish the stage, unless it happens to be the last one.
        Closing.AfterStage => item.Visit.HasStarted && !item.Visit.IsPolling,
        _ => false,
    };
}
