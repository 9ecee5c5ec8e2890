using System.Globalization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>Draws a snapshot as a Mermaid flowchart. Pure.</summary>
internal static class SnapshotChart
{
    public static string Of(PipelineSnapshot snapshot)
    {
        var chart = new MermaidChart();
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        foreach ((int index, StageSnapshot stage) in snapshot.Stages.Index())
        {
            numbers.TryAdd(stage.Name, index);
            chart.AddStage(index, Enum.TryParse(stage.Kind, out StageKind kind) ? kind : StageKind.Tasks, [stage.Name, .. LinesOf(stage)]);
        }

        foreach (StageLinkSnapshot link in snapshot.Links)
        {
            if (numbers.TryGetValue(link.From, out int from))
                chart.AddLink(from, link.To is { } to ? numbers.GetValueOrDefault(to) : null, Text($"{link.Passed}"));
        }

        return chart.ToString();
    }

    private static IEnumerable<string> LinesOf(StageSnapshot stage)
    {
        yield return Text($"{stage.InProgress} of {stage.Workers} busy");
        (long Count, string What)[] counts =
        [
            (stage.Queued, "queued"), (stage.Quarantined, "quarantined"), (stage.Limited, "limited"), (stage.Retrying, "retrying"), (stage.Polling, "polling"), (stage.Saving, "saving"),
            (stage.Skipped, "skipped"), (stage.Filtered, "filtered out"), (stage.Failed, "failed"), (stage.Canceled, "canceled"),
        ];
        foreach ((long count, string what) in counts)
        {
            if (count > 0)
                yield return Text($"{count} {what}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
