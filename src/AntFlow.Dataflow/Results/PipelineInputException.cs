namespace AntFlow.Dataflow;

/// <summary>The input sequence threw, or gave an item that was refused. What was accepted before has been finished. The exception of the sequence is the inner one.</summary>
public sealed class PipelineInputException : AntFlowException
{
    internal PipelineInputException(PipelineReport report, Exception inner, bool isRefused)
        : base($"The input {(isRefused ? "was refused" : "sequence threw")} after {report.Snapshot.Fed} items: {ErrorText.Of(inner)}", inner)
    {
        Report = report;
    }

    /// <summary>What the run has come to; a <see cref="PipelineReport{T}"/>.</summary>
    public PipelineReport Report { get; }
}
