using System.Globalization;
using System.Text;
using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks.Docs;

/// <summary>What was measured, as Markdown.</summary>
public static class Markdown
{
    private const string Measured = "Measured on ";

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

    /// <summary>The table of a report of BenchmarkDotNet with its footer, without what stands around it.</summary>
    public static string TableOf(string report)
    {
        // Columns are as wide as their widest cell, and bold where the parameter changes: neither means anything here.
        string[] lines = [.. report.Split('\n').Where(line => line.StartsWith('|')).Select(line => Tidy(line.TrimEnd()))];
        // A rule between groups of rows is none of Markdown's: only the one below the head stays.
        lines = [.. lines.Where((line, index) => index < 2 || !line.StartsWith("|---", StringComparison.Ordinal))];
        string? footer = report.Split('\n').FirstOrDefault(line => line.StartsWith(Measured, StringComparison.Ordinal));
        return string.Join('\n', lines) + "\n" + (footer is null ? "" : $"\n{footer}\n");
    }

    private static string Tidy(string line)
    {
        string[] cells = line.Trim('|').Split('|');
        if (cells.All(cell => cell.Trim().All(character => character is '-' or ':')))
            return "|" + string.Concat(cells.Select((_, index) => index == 0 ? "---|" : "---:|"));
        return "| " + string.Join(" | ", cells.Select(cell => cell.Replace("**", "", StringComparison.Ordinal).Replace("&#39;", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal).Trim())) + " |";
    }
}
