namespace AntFlow.Dataflow;

/// <summary>The run could not go on, and ended before its work was done: <see cref="PipelineReport.Fault"/> says why, and is the inner exception. Thrown by <c>RunAsync</c> and at the end of
/// <c>StreamAsync</c>; a run that is fed by hand has the fault in its report.</summary>
public sealed class PipelineFaultException : AntFlowException
{
    internal PipelineFaultException(PipelineReport report)
        : base(Describe(report), report.Fault)
    {
        Report = report;
    }

    /// <summary>What the run has come to; a <see cref="PipelineReport{T}"/>. It has a result for every item that was accepted, unless results are not collected.</summary>
    public PipelineReport Report { get; }

    private static string Describe(PipelineReport report)
    {
        string notTaken = report.NotTakenCount is { } count ? $"{count} items of the input were never taken" : "the input was not taken to its end";
        return $"{report.Errors.DescribeFault()} ({report.SucceededCount} items succeeded, {report.FailedCount} failed, {report.CanceledCount} were canceled, and {notTaken}.)";
    }
}
