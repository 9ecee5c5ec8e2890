namespace AntFlow.Dataflow;

/// <summary>Why a run could not continue.</summary>
/// <param name="Error">The error.</param>
/// <param name="IsOfEngine">Whether the engine itself failed.</param>
internal sealed record RunFault(Exception Error, bool IsOfEngine);
