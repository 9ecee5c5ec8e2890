namespace AntFlow.Dataflow;

/// <summary>What all items of one run have in common for a tracker.</summary>
/// <param name="Run">The run.</param>
/// <param name="FirstNumber">The number of its first item among all items the tracker has seen.</param>
internal sealed record TrackedRun(ObservedRun Run, long FirstNumber);
