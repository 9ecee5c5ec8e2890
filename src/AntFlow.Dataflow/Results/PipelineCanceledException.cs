namespace AntFlow.Dataflow;

/// <summary>The run was canceled before all of its items were done.</summary>
/// <typeparam name="T">What the last stage makes.</typeparam>
public sealed class PipelineCanceledException<T> : OperationCanceledException
{
    internal PipelineCanceledException(PipelineReport<T> report, CancellationToken cancellationToken)
        : base($"The run was canceled: {report.SucceededCount} items succeeded, {report.FailedCount} failed, {report.CanceledCount} were canceled.", cancellationToken)
    {
        Report = report;
    }

    /// <summary>What the run has come to: a result for every accepted item.</summary>
    public PipelineReport<T> Report { get; }
}
