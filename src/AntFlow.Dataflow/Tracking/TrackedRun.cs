namespace AntFlow.Dataflow;

/// <summary>What all items of one run have in common.</summary>
/// <param name="RunId">The name of the run.</param>
/// <param name="Clock">Its time.</param>
/// <param name="Stages">The names of its stages.</param>
/// <param name="FirstNumber">The number of its first item among all items the tracker has seen.</param>
internal sealed record TrackedRun(string RunId, RunClock Clock, IReadOnlyList<string> Stages, long FirstNumber);
