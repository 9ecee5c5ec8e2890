namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A stored run was made by a pipeline that looked otherwise, and <see cref="OnPipelineChange.Refuse"/> is set.</summary>
public sealed class PipelineChangedException : AntFlowException
{
    internal PipelineChangedException(string runId, IReadOnlyList<string> differences)
        : base($"Run '{runId}' was stored by a pipeline that differs: {string.Join("; ", differences)}. Use another RunId, go back to the old pipeline, or set CheckpointOptions.OnPipelineChange to RestartChangedStages: then items keep what they have finished before the first changed stage.", inner: null)
    {
        RunId = runId;
        Differences = differences;
    }

    /// <summary>The run.</summary>
    public string RunId { get; }

    /// <summary>What differs, a phrase each.</summary>
    public IReadOnlyList<string> Differences { get; }
}
