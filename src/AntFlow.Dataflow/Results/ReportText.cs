using System.Globalization;
using System.Text;

namespace AntFlow.Dataflow;

/// <summary>Formats a report as text, to be read at the end of a run. Pure.</summary>
internal static class ReportText
{
    private const int MostFailedItems = 5;
    private const int LongestMessage = 200;

    private static readonly CultureInfo _culture = CultureInfo.InvariantCulture;

    public static string Of(PipelineReport report)
    {
        ErrorSummary errors = report.Errors;
        var text = new StringBuilder();
        if (report.Fault is { } fault)
            text.AppendLine(Short(ErrorSummary.DescribeFault(fault, report.IsEngineBroken)));
        text.Append(_culture, $"Run {CleanText.Of(report.Snapshot.RunId)}: {Items(report.SucceededCount + report.FailedCount + report.CanceledCount + report.FilteredCount)} in {Time(report.Elapsed)}{Rate(report)}: ")
            .Append(_culture, $"{report.SucceededCount:N0} succeeded, {report.FailedCount:N0} failed, {report.CanceledCount:N0} canceled{(report.FilteredCount > 0 ? string.Create(_culture, $", {report.FilteredCount:N0} filtered out") : string.Empty)}");
        AppendWhatIsLeft(text, report);
        errors.AppendCounts(text, "Failed by");
        AppendFailedItems(text, errors);
        if (errors is { TotalCallbacks: > 0, Callbacks: [.., var last] })
            text.AppendLine().Append(_culture, $"{errors.TotalCallbacks:N0} failed {(errors.TotalCallbacks == 1 ? "callback" : "callbacks, the last one")}: {CleanText.Of(last.Description)}: {Error(last.Error)}");
        return text.ToString();
    }

    /// <summary>Appends what was not done, and what was done by earlier runs.</summary>
    private static void AppendWhatIsLeft(StringBuilder text, PipelineReport report)
    {
        if (report.WasStopped)
            text.AppendLine().Append("The run was stopped before its end");
        if (report.NotTakenCount is > 0 and var notTaken)
            text.AppendLine().Append(_culture, $"{Items(notTaken)} of the input {Were(notTaken)} not taken");
        if (report.DuplicateCount > 0)
            text.AppendLine().Append(_culture, $"{report.DuplicateCount:N0} {(report.DuplicateCount == 1 ? "duplicate" : "duplicates")} {Were(report.DuplicateCount)} ignored");
        if (report.ResumedCount > 0)
            text.AppendLine().Append(_culture, $"{Items(report.ResumedCount)} {Were(report.ResumedCount)} resumed from an earlier run");
        if (report.NotFedCount > 0)
            text.AppendLine().Append(_culture, $"{Items(report.NotFedCount)} of earlier runs {Were(report.NotFedCount)} not fed again");
    }

    private static void AppendFailedItems(StringBuilder text, ErrorSummary errors)
    {
        if (errors.FirstFailedItems.Count == 0)
            return;
        text.AppendLine().Append(errors.TotalFailed > MostFailedItems ? "First failed items:" : "Failed items:");
        foreach (FailedItem failed in errors.FirstFailedItems.Take(MostFailedItems))
        {
            text.AppendLine().Append(_culture, $"  {CleanText.Of(failed.ItemId.ToString())} in {CleanText.Of(failed.Location)} after {Attempts(failed.Attempts)}: {Error(failed.Error)}");
        }
    }

    /// <summary>The rate of the run, or nothing if items were resumed: items that an earlier run finished would falsify the rate. Canceled items are not counted.</summary>
    private static string Rate(PipelineReport report)
    {
        if (report.ResumedCount > 0 || report.Elapsed <= TimeSpan.Zero)
            return string.Empty;
        double perSecond = (report.SucceededCount + report.FailedCount + report.FilteredCount) / report.Elapsed.TotalSeconds;
        return perSecond switch
        {
            0 => string.Empty,
            < 1d / 60 => string.Create(_culture, $", {perSecond * 3600:0.0##} items/h"),
            < 0.1 => string.Create(_culture, $", {perSecond * 60:0.0} items/min"),
            < 99.95 => string.Create(_culture, $", {perSecond:0.0} items/s"),
            _ => string.Create(_culture, $", {perSecond:N0} items/s"),
        };
    }

    /// <summary>Formats a time: <c>35 ms</c>, <c>1.2 s</c>, <c>2 min 05 s</c>, <c>3 h 20 min</c>, <c>12 d 05 h</c>.</summary>
    private static string Time(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 999.5 } => string.Create(_culture, $"{Math.Max(0, time.TotalMilliseconds):0} ms"),
        { TotalSeconds: < 59.95 } => string.Create(_culture, $"{time.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => string.Create(_culture, $"{time.Minutes} min {time.Seconds:00} s"),
        { TotalDays: < 1 } => string.Create(_culture, $"{time.Hours} h {time.Minutes:00} min"),
        _ => string.Create(_culture, $"{(int)time.TotalDays} d {time.Hours:00} h"),
    };

    /// <summary><c>1 item</c>, <c>2 items</c>.</summary>
    internal static string Items(long count) => string.Create(_culture, $"{count:N0} {(count == 1 ? "item" : "items")}");

    /// <summary><c>1 attempt</c>, <c>2 attempts</c>.</summary>
    internal static string Attempts(long count) => string.Create(_culture, $"{count:N0} {(count == 1 ? "attempt" : "attempts")}");

    /// <summary><c>1 item succeeded, 2 failed, 3 were canceled</c>.</summary>
    internal static string Counts(PipelineReport report) =>
        string.Create(_culture, $"{Items(report.SucceededCount)} succeeded, {report.FailedCount:N0} failed, {report.CanceledCount:N0} {Were(report.CanceledCount)} canceled");

    /// <summary>Ends a text with a full stop, unless it ends with a mark of punctuation.</summary>
    internal static string Sentence(string text) => text is [.., '.' or '!' or '?' or '…'] ? text : text + ".";

    internal static string Were(long count) => count == 1 ? "was" : "were";

    private static string Error(Exception error) => Short(ErrorText.Line(error));

    /// <summary>Shortens a text to one line.</summary>
    private static string Short(string text)
    {
        string clean = CleanText.Of(text).Trim();
        return clean.Length <= LongestMessage ? clean : clean[..(LongestMessage - 3)] + "...";
    }
}
