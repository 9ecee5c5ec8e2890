using System.Globalization;
using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks.Docs;

/// <summary>What is faster than ours, by the rows of the gate that compare with other ways to do the same.</summary>
public static class Rivals
{
    private static readonly (string Row, string What)[] _rows =
    [
        ("akka-at-once", "Akka.Streams with bodies that complete at once"),
        ("channels-at-once", "bounded Channels with bodies that complete at once"),
        ("akka", "Akka.Streams with bodies that suspend once"),
        ("channels", "bounded Channels with bodies that suspend once"),
        ("latency", "bounded Channels with one item at a time through idle stages"),
        ("burst", "bounded Channels with a burst of 1,000 items through idle stages"),
        ("async-processor", "EnumerableAsyncProcessor with one stage"),
        ("map", "`Parallel.ForEachAsync` with one task"),
    ];

    /// <summary>A sentence on bodies that complete at once: what is faster in the report of the throughput, with the time it takes in those of the raw chain, the fastest first.</summary>
    public static string OfThroughput(string report)
    {
        string[][] rows = Markdown.RowsOf(report);
        int body = Array.IndexOf(rows[0], "Body");
        int ratio = Array.IndexOf(rows[0], "Ratio");
        (string Method, double Ratio)[] methods = [.. rows.Where(cells => cells[body] == "AtOnce").Select(cells => (cells[0], double.Parse(cells[ratio], CultureInfo.InvariantCulture)))];
        double ours = methods.Single(method => method.Method == "AntFlow.Dataflow").Ratio;
        string[] faster =
        [
            .. from method in methods
               where method.Ratio < ours
               orderby method.Ratio
               select string.Create(CultureInfo.InvariantCulture, $"{method.Method} {method.Ratio:0.00}"),
        ];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"In the throughput table below, with bodies that complete at once, AntFlow.Dataflow takes {ours:0.00} of the time of the raw chain{string.Concat(faster.Select(method => ", " + method))}.");
    }

    /// <summary>A sentence: each that is faster, with how many times as long ours takes, the greatest ratio first.</summary>
    public static string Of(GateResults gate)
    {
        string[] faster =
        [
            .. from rival in _rows
               join verdict in gate.Rows on rival.Row equals verdict.Row.Name
               where verdict.Median > 1
               orderby verdict.Median descending
               select string.Create(CultureInfo.InvariantCulture, $"{verdict.Median:0.00} times as long as {rival.What} (`{rival.Row}`)"),
        ];
        return faster.Length == 0 ? "None of the alternatives that the gate measures is faster." : $"Alternatives are faster in these cases: AntFlow.Dataflow takes {string.Join(", ", faster)}.";
    }
}
