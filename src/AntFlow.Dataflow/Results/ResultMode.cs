namespace AntFlow.Dataflow;

/// <summary>What becomes of the results of a run.</summary>
internal enum ResultMode
{
    /// <summary>Kept for the report.</summary>
    Collect,

    /// <summary>Kept for one reader, within a bound: its slowness is backpressure.</summary>
    Read,

    /// <summary>Counted only.</summary>
    Drop,

    /// <summary>Kept for a reader that has been announced and has not begun: without a bound, and not for the report.</summary>
    Await,
}
