namespace AntFlow.Dataflow.Snapshots;

/// <summary>The suspects of a stage, or of a run, at one instant. A suspect is an item that ran at a crash of the process and has not passed its stage since. Only so many suspects run
/// together, over all stages, so that one that crashes the process is found.</summary>
public sealed record SuspectSnapshot
{
    /// <summary>How many run. Counted a moment before the rest of the snapshot.</summary>
    public required int Running { get; init; }

    /// <summary>How many wait until fewer run: the same number as <see cref="StageSnapshot.Held"/>.</summary>
    public required long Held { get; init; }

    /// <summary>How many may run together, over all stages of the run. At least 1. It is the smallest number that a crash has left to one of those that run; while none runs, to one of
    /// those that are held.</summary>
    public required int Together { get; init; }

    /// <summary>At how many crashes the one of them ran that ran at the most. At least 1.</summary>
    public required int Crashes { get; init; }

    /// <summary>At how many crashes the one of them ran that ran at the fewest.</summary>
    public int FewestCrashes { get; init => field = Math.Max(1, value); } = 1;
}
