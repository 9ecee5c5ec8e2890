namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run has one owner at a time, and this one has another.</summary>
/// <param name="runId">The run.</param>
/// <param name="owner">What owns it: <c>process 4711 on worker-3</c>, see <see cref="Owner"/>.</param>
/// <param name="inner">What the store said.</param>
public sealed class RunOwnedException(string runId, string owner, Exception? inner = null)
    : AntFlowException($"Run '{runId}' is owned by {owner}. A run has one owner at a time: wait for it to end, or use another RunId.", inner)
{
    /// <summary>The run.</summary>
    public string RunId { get; } = runId;

    /// <summary>What owns it, for an operator that looks for it. Contains <c>process</c> with the id of the process (<see cref="Environment.ProcessId"/>) and the name of its machine
    /// (<see cref="Environment.MachineName"/>), such as <c>process 4711 on worker-3</c>; a store may add to it.</summary>
    public string Owner { get; } = owner;
}
