using System.Globalization;
using System.Text;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Snapshots;

namespace BatchApi;

/// <summary>The outcome of a run, on one page.</summary>
internal sealed record Summary
{
    public required int Requests { get; init; }
    public required int Batches { get; init; }
    public required PipelineReport Report { get; init; }
    public required int SucceededRows { get; init; }
    public required IReadOnlyDictionary<string, int> FailedRows { get; init; }
    public required IReadOnlyList<ItemTimes> Times { get; init; }

    /// <summary>Requests of this run that have no row yet.</summary>
    public int Left => Requests - SucceededRows - FailedRows.Values.Sum();

    public override string ToString()
    {
        PipelineSnapshot end = Report.Snapshot;
        var text = new StringBuilder();
        text.AppendLine();
        Add(text, "requests", $"{Requests}: {SucceededRows} succeeded, {FailedRows.Values.Sum()} failed, {Left} without a row");
        Add(text, "batches", $"{Batches}: {end.Succeeded} succeeded, {end.Failed} failed, {end.Canceled} canceled, {Batches - end.Fed} not fed");
        if (Report.ResumedCount > 0)
            Add(text, "resumed", $"{Report.ResumedCount} of the batches were resumed where an earlier process stopped");
        text.AppendLine().AppendLine("stage         items   attempts  throttled     failed");
        foreach (StageSnapshot stage in end.Stages)
        {
            long attempts = stage.Attempts - stage.ThrottledCalls;
            text.AppendLine(CultureInfo.InvariantCulture, $"{stage.Name,-10} {stage.Arrived,8} {attempts,10} {stage.ThrottledCalls,10} {stage.Failed,10}");
        }

        text.AppendLine("Attempts are those of tasks; Upload and Download have two. A throttled call is not an attempt.");
        text.AppendLine().AppendLine("failures by type");
        AddCounts(text, "batches", Report.Errors.ByType);
        AddCounts(text, "requests", FailedRows.Select(pair => KeyValuePair.Create(pair.Key, (long)pair.Value)));
        if (Report.Errors.TotalCallbacks > 0)
            AddCounts(text, "callbacks", Report.Errors.Callbacks.CountBy(error => $"{error.Callback}: {error.Error.Message}", StringComparer.Ordinal)
                .Select(pair => KeyValuePair.Create(pair.Key, (long)pair.Value)));
        if (Report.Errors.FailedItems is [.., FailedItem last])
            text.AppendLine($"  the last one: {last.Stage} of batch {last.ItemId}: {Refusals.InOneLine(last.Error)}");
        if (Left > 0)
            text.AppendLine().AppendLine($"{Left} requests have no row yet: the next run sends them.");
        text.AppendLine();
        TimeSpan bound = Bounds.LowerBound(Times, [.. end.Stages.Select(stage => stage.Workers)]);
        Add(text, "elapsed", Seconds(Report.Elapsed));
        Add(text, "lower bound", $"{Seconds(bound)}   no schedule with these workers ends sooner");
        Add(text, "ten at a time, wait for all", $"{Seconds(Bounds.TenAtATime(Times))}   the same work in groups of ten");
        return text.ToString();
    }

    private static void Add(StringBuilder text, string what, string value) => text.AppendLine($"{what,-28} {value}");

    private static void AddCounts(StringBuilder text, string of, IEnumerable<KeyValuePair<string, long>> counts)
    {
        KeyValuePair<string, long>[] all = [.. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];
        if (all.Length == 0)
            text.AppendLine($"  {of,-10} none");
        foreach ((string type, long count) in all)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {of,-10} {count,6}  {type}");
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds,7:0.00} s");
}
