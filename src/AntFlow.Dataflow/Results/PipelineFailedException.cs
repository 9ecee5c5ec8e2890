using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Items of a run have failed. Thrown by <see cref="PipelineReport.ThrowIfFailed"/> only.</summary>
public sealed class PipelineFailedException : AntFlowException
{
    internal PipelineFailedException(PipelineReport report)
        : base(Describe(report), report.Fault ?? FirstOf(report)?.Error)
    {
        Report = report;
    }

    /// <summary>What the run has come to; a <see cref="PipelineReport{T}"/>.</summary>
    public PipelineReport Report { get; }

    private static FailedItem? FirstOf(PipelineReport report) => report.Errors.FailedItems is [var first, ..] ? first : null;

    private static string Describe(PipelineReport report)
    {
        if (report.Fault is not null)
            return report.Errors.DescribeFault();
        FailedItem? first = FirstOf(report);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.FailedCount} of {report.Snapshot.Fed} items failed; one of them is {first?.ItemId}, in {(first?.Function is { } function ? $"{function} of " : null)}stage '{first?.Stage}' after {first?.Attempts} attempts: {(first is null ? null : ErrorText.Shown(first.Error))}");
    }
}
