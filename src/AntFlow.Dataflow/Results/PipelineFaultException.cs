namespace AntFlow.Dataflow;

/// <summary>The exception that is thrown when a run could not continue and ended before its work was done. <see cref="PipelineReport.Fault"/> is the cause, and is the inner exception. It is
/// thrown by <c>RunAsync</c> and at the end of <c>StreamAsync</c>. A run that you feed yourself reports the fault in its report instead.</summary>
public sealed class PipelineFaultException : AntFlowException
{
    internal PipelineFaultException(PipelineReport report)
        : base(Describe(report), report.Fault)
    {
        Report = report;
    }

    /// <summary>The report of the run; a <see cref="PipelineReport{T}"/>. It has a result for every accepted item, unless results are not collected.</summary>
    public PipelineReport Report { get; }

    private static string Describe(PipelineReport report)
    {
        string notTaken = report.NotTakenCount is { } count ? $"{ReportText.Items(count)} of the input {ReportText.Were(count)} never taken" : "the input was not taken to its end";
        return $"{ReportText.Sentence(report.Errors.DescribeFault())} {ReportText.Counts(report)}, and {notTaken}.";
    }
}
