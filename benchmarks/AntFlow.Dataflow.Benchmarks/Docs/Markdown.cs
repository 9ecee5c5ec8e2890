using System.Globalization;
using System.Text;
using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks.Docs;

/// <summary>What was measured, as Markdown.</summary>
public static class Markdown
{
    private const string Measured = "Measured on ";
    private const string Ratio = "Ratio";

    /// <summary>The rows of the gate as a table.</summary>
    public static string Of(GateResults gate)
    {
        var text = new StringBuilder();
        text.Append("| row | what is measured | measured | target | stretch | limit | |\n|---|---|---|---|---|---|---|\n");
        foreach (Verdict verdict in gate.Rows)
        {
            RatioRow row = verdict.Row;
            text.Append(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Question} | {verdict.Median:0.##} | {row.Target:0.##} | {row.Stretch:0.##} | {row.Limit:0.##} | {verdict.Word} |\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"{Footer(gate.Measured)}").ToString();
    }

    /// <summary>What is put below the report of a class of benchmarks.</summary>
    public static string Footer(Measurement measured) => $"\n{Measured}{measured}.\n";

    /// <summary>The table of a report with its footer, without what stands around it. Of one of BenchmarkDotNet the ratios alone, with a link to the report for all other columns.</summary>
    /// <param name="report">The text of the report.</param>
    /// <param name="link">Where the report is, seen from the page.</param>
    public static string TableOf(string report, string link)
    {
        string[][] rows = RowsOf(report);
        bool hasRatios = rows[0].Contains(Ratio);
        int[] shown = [.. Enumerable.Range(0, rows[0].Length)];
        if (hasRatios)
        {
            int firstMeasured = Array.IndexOf(rows[0], "Mean");
            shown = [.. shown.Where(column => column < firstMeasured || rows[0][column] is Ratio or "Alloc Ratio")];
        }

        var text = new StringBuilder();
        foreach (string[] cells in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", shown.Select(column => cells[column]))} |\n");
            if (cells == rows[0])
                text.Append(CultureInfo.InvariantCulture, $"|{string.Concat(shown.Select((_, place) => place == 0 ? "---|" : "---:|"))}\n");
        }

        string? footer = report.Split('\n').FirstOrDefault(line => line.StartsWith(Measured, StringComparison.Ordinal));
        if (footer is not null)
            text.Append(CultureInfo.InvariantCulture, $"\n{footer}{(hasRatios ? $" [Times, errors and bytes]({link})." : "")}\n");
        return text.ToString();
    }

    /// <summary>The cells of the table of a report, its head first.</summary>
    // Columns are as wide as their widest cell, and bold where the parameter changes: neither means anything here. A rule between groups of rows is none of Markdown's.
    public static string[][] RowsOf(string report) => [.. report.Split('\n').Where(line => line.StartsWith('|')).Select(CellsOf).Where(cells => !IsRule(cells))];

    private static string[] CellsOf(string line) =>
        [.. line.TrimEnd().Trim('|').Split('|').Select(cell => cell.Replace("**", "", StringComparison.Ordinal).Replace("&#39;", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal).Trim())];

    private static bool IsRule(string[] cells) => cells.All(cell => cell.All(character => character is '-' or ':'));
}
