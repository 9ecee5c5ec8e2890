namespace AntFlow.Dataflow.Snapshots;

/// <summary>The suspects of a stage, or of a run, at one instant. A suspect is an item that ran at a crash of the process and has not passed its stage since. The number of suspects that run
/// together, over all stages, is limited, so that an item that crashes the process can be identified.</summary>
public sealed record SuspectSnapshot
{
    /// <summary>The number of suspects that run. It is counted a moment before the rest of the snapshot.</summary>
    public required int Running { get; init; }

    /// <summary>The number of suspects that wait until fewer run: the same number as <see cref="StageSnapshot.Quarantined"/>.</summary>
    public required long Quarantined { get; init; }

    /// <summary>The number of suspects that may run together, over all stages of the run. At least 1. Each crash reduces the limit of the items that ran at it; this is the smallest limit among
    /// the running suspects, or, if none runs, among the held ones.</summary>
    public required int MaxConcurrent { get; init; }

    /// <summary>The largest number of crashes at which any one of the suspects ran. At least 1.</summary>
    public required int Crashes { get; init; }

    /// <summary>The smallest number of crashes at which any one of the suspects ran.</summary>
    public int FewestCrashes { get; init => field = Math.Max(1, value); } = 1;
}
