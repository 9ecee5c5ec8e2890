using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>The errors of a run: the fault of a run that could not continue, the counts of all errors, the first failed items, and the newest 1,000 errors of each kind. Immutable.</summary>
public sealed record ErrorSummary
{
    /// <summary>Why the run could not continue, as <see cref="PipelineReport.Fault"/>; null if it could.</summary>
    /// <remarks>Not in JSON. A summary read from JSON has a <see cref="StoredFailureException"/> made from <see cref="FaultInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Fault { get; init; }

    /// <summary><see cref="Fault"/> as data, created when it is read; null if there is no fault. Setting it sets <see cref="Fault"/>.</summary>
    public ErrorInfo? FaultInfo
    {
        get => Fault is null ? null : ErrorInfo.From(Fault);
        init => Fault = value?.ToException();
    }

    /// <summary>Whether <see cref="Fault"/> is an error of the engine itself, as <see cref="PipelineReport.IsEngineBroken"/>.</summary>
    public bool IsEngineBroken { get; init; }

    /// <summary>The number of items that have failed.</summary>
    public long TotalFailed { get; init; }

    /// <summary>The number of failed items by the type of their error, without its namespace; the most frequent first.</summary>
    public IReadOnlyDictionary<string, long> ByType { get; init => field = value ?? ReadOnlyDictionary<string, long>.Empty; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>The number of failed items by stage; the most frequent first.</summary>
    public IReadOnlyDictionary<string, long> ByStage { get; init => field = value ?? ReadOnlyDictionary<string, long>.Empty; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>The number of items that failed in functions other than the tasks (<see cref="FailedItem.Function"/>), by function and stage, such as <c>SkipIf of Fetch</c>; the most frequent
    /// first. Empty if items have failed in tasks only.</summary>
    public IReadOnlyDictionary<string, long> ByFunction { get; init => field = value ?? ReadOnlyDictionary<string, long>.Empty; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>The first 20 failed items, in the order of their failure. If many items fail, the cause is usually among them.</summary>
    public IReadOnlyList<FailedItem> FirstFailedItems { get; init => field = value ?? []; } = [];

    /// <summary>The newest 1,000 failed items, oldest first.</summary>
    public IReadOnlyList<FailedItem> FailedItems { get; init => field = value ?? []; } = [];

    /// <summary>The newest 1,000 errors of callbacks and other user code outside the tasks, oldest first.</summary>
    public IReadOnlyList<CallbackError> Callbacks { get; init => field = value ?? []; } = [];

    /// <summary>The number of errors of callbacks.</summary>
    public long TotalCallbacks { get; init; }

    internal static ErrorSummary None { get; } = new();

    /// <summary>Returns a short table of the errors, or <c>No errors</c>. It starts with the fault of a run that could not continue.</summary>
    /// <returns>The text, of several lines.</returns>
    public override string ToString()
    {
        if (TotalFailed == 0 && TotalCallbacks == 0)
            return Fault is null ? "No errors" : DescribeFault();
        var text = new StringBuilder();
        if (Fault is not null)
            text.AppendLine(DescribeFault());
        text.Append(CultureInfo.InvariantCulture, $"{TotalFailed} failed {(TotalFailed == 1 ? "item" : "items")}");
        AppendCounts(text, "By");
        if (TotalCallbacks > 0)
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"{TotalCallbacks} failed {(TotalCallbacks == 1 ? "callback" : "callbacks, the last one")}");
            if (Callbacks is [.., var last])
                text.Append(": ").Append(last.Description);
        }

        return text.ToString();
    }

    /// <summary>Returns a sentence about the fault.</summary>
    internal string DescribeFault() => DescribeFault(Fault!, IsEngineBroken);

    internal static string DescribeFault(Exception fault, bool isEngineBroken) =>
        $"{(isEngineBroken ? "The engine of the pipeline broke" : "The run could not continue")}: {ErrorText.Shown(fault)}";

    /// <summary>Appends tables of the number of failed items by type, by stage and, if there are any, by function.</summary>
    internal void AppendCounts(StringBuilder text, string by)
    {
        AppendCounts(text, by + " type", ByType);
        AppendCounts(text, by + " stage", ByStage);
        AppendCounts(text, by + " function", ByFunction);
    }

    /// <summary>Returns the name of the type of an error without its namespace: <c>TimeoutException</c>.</summary>
    internal static string TypeNameOf(Exception error) => ErrorText.TypeNameOf(error);

    private static void AppendCounts(StringBuilder text, string title, IReadOnlyDictionary<string, long> counts)
    {
        if (counts.Count == 0)
            return;
        text.AppendLine().Append(title).Append(':');
        int width = counts.Keys.Max(key => key.Length);
        foreach ((string key, long count) in counts)
            text.AppendLine().Append("  ").Append(key.PadRight(width)).Append("  ").Append(count.ToString(CultureInfo.InvariantCulture));
    }
}
