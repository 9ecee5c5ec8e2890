namespace AntFlow.Dataflow;

/// <summary>How the results of a run are used.</summary>
internal enum ResultMode
{
    /// <summary>Kept for the report.</summary>
    Collect,

    /// <summary>Kept for one reader, within a bound: a slow reader causes backpressure.</summary>
    Read,

    /// <summary>Counted only.</summary>
    Drop,

    /// <summary>Kept for a reader that was announced but has not started: without a bound, and not for the report.</summary>
    Await,
}
