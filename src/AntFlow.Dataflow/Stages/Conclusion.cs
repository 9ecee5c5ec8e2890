namespace AntFlow.Dataflow;

/// <summary>How an item ended that has not passed all stages.</summary>
internal readonly record struct Conclusion(ResultStatus Status, StagePlace Stage, Exception Error, bool WasAbandoned = false);
