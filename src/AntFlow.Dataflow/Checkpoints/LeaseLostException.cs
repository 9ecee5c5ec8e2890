namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Thrown when the run belongs to another owner, was deleted, or was released: this process starts and writes nothing more of it.</summary>
/// <param name="runId">The run.</param>
/// <param name="reason">What was found: a sentence without its full stop.</param>
/// <param name="inner">The error of the store.</param>
public sealed class LeaseLostException(string runId, string reason, Exception? inner = null)
    : AntFlowException($"Run '{runId}' no longer belongs to this process: {reason}. This process starts and writes nothing more of it.", inner)
{
    /// <summary>Gets the id of the run.</summary>
    public string RunId { get; } = runId;
}
