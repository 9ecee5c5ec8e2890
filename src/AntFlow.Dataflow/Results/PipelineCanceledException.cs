namespace AntFlow.Dataflow;

/// <summary>The run was canceled before all of its items were done. Thrown as a <see cref="PipelineCanceledException{T}"/>; catch this where the type of the results is not known.</summary>
public abstract class PipelineCanceledException : OperationCanceledException
{
    private protected PipelineCanceledException(PipelineReport report, CancellationToken cancellationToken)
        : base($"The run was canceled: {report.SucceededCount} items succeeded, {report.FailedCount} failed, {report.CanceledCount} were canceled.", cancellationToken)
    {
        Report = report;
    }

    /// <summary>What the run has come to; a <see cref="PipelineReport{T}"/>.</summary>
    public PipelineReport Report { get; }
}

/// <summary>The run was canceled before all of its items were done.</summary>
/// <typeparam name="T">What the last stage makes.</typeparam>
public sealed class PipelineCanceledException<T> : PipelineCanceledException
{
    internal PipelineCanceledException(PipelineReport<T> report, CancellationToken cancellationToken)
        : base(report, cancellationToken)
    {
    }

    /// <summary>What the run has come to: a result for every accepted item.</summary>
    public new PipelineReport<T> Report => (PipelineReport<T>)base.Report;
}
