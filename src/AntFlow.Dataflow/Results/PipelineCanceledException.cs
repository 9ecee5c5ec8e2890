namespace AntFlow.Dataflow;

/// <summary>The exception that is thrown when a run was canceled before all of its items were done. It is thrown as a <see cref="PipelineCanceledException{T}"/>; catch this type where the type of
/// the results is unknown.</summary>
public abstract class PipelineCanceledException : OperationCanceledException
{
    private protected PipelineCanceledException(PipelineReport report, CancellationToken cancellationToken)
        : base($"The run was canceled: {ReportText.Counts(report)}.", cancellationToken)
    {
        Report = report;
    }

    /// <summary>The report of the run; a <see cref="PipelineReport{T}"/>.</summary>
    public PipelineReport Report { get; }
}

/// <summary>The exception that is thrown when a run was canceled before all of its items were done.</summary>
/// <typeparam name="T">The type of the values that the last stage returns.</typeparam>
public sealed class PipelineCanceledException<T> : PipelineCanceledException
{
    internal PipelineCanceledException(PipelineReport<T> report, CancellationToken cancellationToken)
        : base(report, cancellationToken)
    {
    }

    /// <summary>The report of the run, with a result for every accepted item.</summary>
    public new PipelineReport<T> Report => (PipelineReport<T>)base.Report;
}
