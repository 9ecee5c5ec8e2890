namespace AntFlow.Dataflow;

/// <summary>Somebody else has taken the run over, or may have: nothing more of it is started or written here.</summary>
/// <param name="runId">The run.</param>
/// <param name="reason">How that was noticed, a sentence without its full stop.</param>
/// <param name="inner">What the store said.</param>
public sealed class LeaseLostException(string runId, string reason, Exception? inner = null)
    : AntFlowException($"Run '{runId}' is no longer ours: {reason}. Nothing more of it is started or written by this process.", inner)
{
    /// <summary>The run.</summary>
    public string RunId { get; } = runId;
}
