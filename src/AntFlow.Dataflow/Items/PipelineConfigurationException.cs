namespace AntFlow.Dataflow;

/// <summary>A pipeline cannot be built as it is configured, or cannot be run with checkpoints, because values of its types could not be stored. Tells all faults of all stages at once.</summary>
public sealed class PipelineConfigurationException : AntFlowException
{
    internal PipelineConfigurationException(IReadOnlyList<string> faults)
        : base(string.Join(Environment.NewLine, faults), inner: null)
    {
        Faults = faults;
    }

    /// <summary>The faults, each with who, what was found, what is allowed, and what to do.</summary>
    public IReadOnlyList<string> Faults { get; }
}
