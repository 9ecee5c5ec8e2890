namespace AntFlow.Dataflow;

/// <summary>How an item ended that has not passed all stages.</summary>
/// <param name="Status">Failed or canceled.</param>
/// <param name="Stage">Where.</param>
/// <param name="Error">What the result says.</param>
/// <param name="WasAbandoned">Whether its user code still runs.</param>
/// <param name="Function">The function beside the tasks that it failed in; null for a task.</param>
internal readonly record struct Conclusion(ResultStatus Status, StageNode Stage, Exception Error, bool WasAbandoned = false, string? Function = null);
