using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>What went wrong in a run: why it could not go on, if it could not; counts of all, the first failed items, and the newest 1,000 of each kind. Immutable.</summary>
public sealed record ErrorSummary
{
    /// <summary>Why the run could not go on, as <see cref="PipelineReport.Fault"/>; null if it could.</summary>
    /// <remarks>Not in JSON: one that was read has a <see cref="StoredFailureException"/> made of <see cref="FaultInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Fault { get; init; }

    /// <summary><see cref="Fault"/> as data, made when it is asked for; null if there is none. To set it sets <see cref="Fault"/>.</summary>
    public ErrorInfo? FaultInfo
    {
        get => Fault is null ? null : ErrorInfo.From(Fault);
        init => Fault = value?.ToException();
    }

    /// <summary>Whether <see cref="Fault"/> is an error of the engine itself, as <see cref="PipelineReport.IsEngineBroken"/>.</summary>
    public bool IsEngineBroken { get; init; }

    /// <summary>How many items have failed.</summary>
    public long TotalFailed { get; init; }

    /// <summary>How many items have failed by the type of their error, without its namespace; the most frequent first.</summary>
    public IReadOnlyDictionary<string, long> ByType { get; init => field = value ?? ReadOnlyDictionary<string, long>.Empty; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>How many items have failed by stage; the most frequent first.</summary>
    public IReadOnlyDictionary<string, long> ByStage { get; init => field = value ?? ReadOnlyDictionary<string, long>.Empty; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>How many items have failed in functions beside the tasks (<see cref="FailedItem.Function"/>), by function and stage, such as <c>SkipIf of Fetch</c>; the most frequent first. Empty
    /// if items have failed in tasks only.</summary>
    public IReadOnlyDictionary<string, long> ByFunction { get; init => field = value ?? ReadOnlyDictionary<string, long>.Empty; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>The first 20 items that have failed, in this order: where many fail, the cause is among them.</summary>
    public IReadOnlyList<FailedItem> FirstFailedItems { get; init => field = value ?? []; } = [];

    /// <summary>The newest 1,000 items that have failed, oldest first.</summary>
    public IReadOnlyList<FailedItem> FailedItems { get; init => field = value ?? []; } = [];

    /// <summary>The newest 1,000 errors of callbacks and other user code beside the tasks, oldest first.</summary>
    public IReadOnlyList<CallbackError> Callbacks { get; init => field = value ?? []; } = [];

    /// <summary>How many errors of callbacks there were in all.</summary>
    public long TotalCallbacks { get; init; }

    internal static ErrorSummary None { get; } = new();

    /// <summary>A short table, or <c>No errors</c>. Begins with the fault of a run that could not go on.</summary>
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
                text.Append(": ").Append(last.Place);
        }

        return text.ToString();
    }

    /// <summary>A sentence about the fault.</summary>
    internal string DescribeFault() => DescribeFault(Fault!, IsEngineBroken);

    internal static string DescribeFault(Exception fault, bool isEngineBroken) =>
        $"{(isEngineBroken ? "The engine of the pipeline broke" : "The run could not go on")}: {ErrorText.Shown(fault)}";

    /// <summary>Tables: how many items have failed by type, by stage, and by function if any has.</summary>
    internal void AppendCounts(StringBuilder text, string by)
    {
        AppendCounts(text, by + " type", ByType);
        AppendCounts(text, by + " stage", ByStage);
        AppendCounts(text, by + " function", ByFunction);
    }

    /// <summary>The name of an error's type as people write it: <c>TimeoutException</c>.</summary>
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
