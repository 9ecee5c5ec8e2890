namespace AntFlow.Dataflow;

/// <summary>The data that all items of one run share in a tracker.</summary>
/// <param name="Run">The run.</param>
/// <param name="FirstNumber">The number of its first item among all items that the tracker has seen.</param>
internal sealed record TrackedRun(ObservedRun Run, long FirstNumber);
