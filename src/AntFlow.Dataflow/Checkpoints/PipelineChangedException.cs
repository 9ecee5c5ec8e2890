namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Thrown when the pipeline has changed since the run was stored and <see cref="PipelineChangeHandling.Refuse"/> is set.</summary>
public sealed class PipelineChangedException : AntFlowException
{
    internal PipelineChangedException(string runId, IReadOnlyList<string> differences)
        : base($"Run '{runId}' was stored by a pipeline that differs: {string.Join("; ", differences)}. Use another RunId, go back to the old pipeline, or set CheckpointOptions.PipelineChangeHandling to RestartChangedStages: then items keep what they have finished before the first changed stage.", inner: null)
    {
        RunId = runId;
        Differences = differences;
    }

    /// <summary>Gets the id of the run.</summary>
    public string RunId { get; }

    /// <summary>Gets the differences, one phrase each.</summary>
    public IReadOnlyList<string> Differences { get; }
}
