namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The run belongs to another owner by now, was deleted, or was given up: this process starts and writes nothing more of it.</summary>
/// <param name="runId">The run.</param>
/// <param name="reason">What was found, a sentence without its full stop.</param>
/// <param name="inner">What the store said.</param>
public sealed class LeaseLostException(string runId, string reason, Exception? inner = null)
    : AntFlowException($"Run '{runId}' does not belong to this process any more: {reason}. This process starts and writes nothing more of it.", inner)
{
    /// <summary>The run.</summary>
    public string RunId { get; } = runId;
}
