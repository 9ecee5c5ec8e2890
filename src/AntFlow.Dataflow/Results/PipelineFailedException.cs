using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>The exception that is thrown by <see cref="PipelineReport.ThrowIfFailed"/> when items of a run have failed.</summary>
public sealed class PipelineFailedException : AntFlowException
{
    internal PipelineFailedException(PipelineReport report)
        : base(Describe(report), report.Fault ?? FirstOf(report)?.Error)
    {
        Report = report;
    }

    /// <summary>The report of the run; a <see cref="PipelineReport{T}"/>.</summary>
    public PipelineReport Report { get; }

    private static FailedItem? FirstOf(PipelineReport report) => report.Errors.FailedItems is [var first, ..] ? first : null;

    private static string Describe(PipelineReport report)
    {
        if (report.Fault is not null)
            return report.Errors.DescribeFault();
        FailedItem? first = FirstOf(report);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.FailedCount:N0} of {ReportText.Items(report.Snapshot.Fed)} failed; one of them is {first?.ItemId}, in {(first?.Function is { } function ? $"{function} of " : null)}stage '{first?.Stage}' after {ReportText.Attempts(first?.Attempts ?? 0)}: {(first is null ? null : ErrorText.Shown(first.Error))}");
    }
}
