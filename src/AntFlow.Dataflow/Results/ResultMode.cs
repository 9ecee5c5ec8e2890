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
}
