namespace AntFlow.Dataflow;

/// <summary>The exception that is thrown when the input sequence threw, or returned an item that was refused. Items accepted before that have been processed. The exception of the sequence is the
/// inner exception.</summary>
public sealed class PipelineInputException : AntFlowException
{
    internal PipelineInputException(PipelineReport report, Exception inner, bool isRefused)
        : base($"The input {(isRefused ? "was refused" : "sequence threw")} after {ReportText.Items(report.Snapshot.Fed)}: {ErrorText.Of(inner)}", inner)
    {
        Report = report;
    }

    /// <summary>The report of the run; a <see cref="PipelineReport{T}"/>.</summary>
    public PipelineReport Report { get; }
}
