namespace AntFlow.Dataflow;

/// <summary>The end of an item that has not passed all stages.</summary>
/// <param name="Status">Failed, canceled or filtered out.</param>
/// <param name="Stage">The stage in which it ended.</param>
/// <param name="Error">The error in its result.</param>
/// <param name="WasAbandoned">Whether its user code still runs.</param>
/// <param name="Function">The function, other than a task, in which it failed; null for a task.</param>
internal readonly record struct Conclusion(ResultStatus Status, PipelineStage Stage, Exception Error, bool WasAbandoned = false, string? Function = null);
