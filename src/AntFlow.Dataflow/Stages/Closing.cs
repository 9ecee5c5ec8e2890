namespace AntFlow.Dataflow;

/// <summary>How far a run is on its way to its end. Only ever rises.</summary>
internal enum Closing
{
    /// <summary>Everything may start.</summary>
    No,

    /// <summary>Stopping gently; started items go on to the end.</summary>
    AfterItem,

    /// <summary>Stopping gently; executions that run finish.</summary>
    AfterStage,

    /// <summary>Canceled: nothing starts any more.</summary>
    Canceled,
}

internal static class ClosingRules
{
    /// <summary>Whether an item that waits, queued, for a permit or between two tasks, may still go on.</summary>
    public static bool MayGoOn(this Closing closing, Item item) => closing switch
    {
        Closing.No => true,
        // Nothing is retried once a run is being stopped.
        _ when item.Visit.AwaitsRetry => false,
        Closing.AfterItem => item.HasStarted,
        Closing.AfterStage => item.Visit.HasStarted,
        _ => false,
    };
}
