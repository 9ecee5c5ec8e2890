namespace AntFlow.Dataflow;

/// <summary>Why a run could not go on.</summary>
/// <param name="Error">What happened.</param>
/// <param name="IsOfEngine">Whether the engine itself broke.</param>
internal sealed record RunFault(Exception Error, bool IsOfEngine);
