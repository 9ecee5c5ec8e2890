namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Thrown when a run cannot be opened because it has another owner. A run has one owner at a time.</summary>
/// <param name="runId">The run.</param>
/// <param name="owner">The owner, such as <c>process 4711 on worker-3</c>; see <see cref="Owner"/>.</param>
/// <param name="inner">The error of the store.</param>
public sealed class RunOwnedException(string runId, string owner, Exception? inner = null)
    : AntFlowException($"Run '{runId}' is owned by {owner}. A run has one owner at a time: wait for it to end, or use another RunId.", inner)
{
    /// <summary>Gets the id of the run.</summary>
    public string RunId { get; } = runId;

    /// <summary>Gets the owner, for an operator that looks for it. Contains <c>process</c> with the id of the process (<see cref="Environment.ProcessId"/>) and the name of its machine
    /// (<see cref="Environment.MachineName"/>), such as <c>process 4711 on worker-3</c>; a store may add to it.</summary>
    public string Owner { get; } = owner;
}
