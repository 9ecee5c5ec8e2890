using System.Globalization;
using System.Text;

namespace AntFlow.Dataflow;

/// <summary>Writes a graph of stages as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), which GitHub, GitLab and many editors draw.</summary>
internal sealed class MermaidChart
{
    private readonly StringBuilder _text = new("flowchart LR\n    input([input]) --> s0\n");
    private bool _hasResults;

    /// <summary>Adds a stage.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="kind">What it does beyond running its tasks: a filter is drawn as a hexagon, a switch as a rhombus, a stage that polls with round ends, the others as boxes.</param>
    /// <param name="lines">Its name, and what is known about it.</param>
    public void AddStage(int index, StageKind kind, IEnumerable<string> lines)
    {
        (string open, string close) = kind switch
        {
            StageKind.Where => ("{{", "}}"),
            StageKind.Switch => ("{", "}"),
            StageKind.Poll => ("(", ")"),
            _ => ("[", "]"),
        };
        _text.Append(CultureInfo.InvariantCulture, $"    s{index}{open}\"{string.Join("<br>", lines.Select(Escape))}\"{close}\n");
    }

    /// <summary>Adds a link.</summary>
    /// <param name="from">The number of the stage it comes from.</param>
    /// <param name="to">The number of the stage it leads to; null for the results.</param>
    /// <param name="label">What is written on it; empty for nothing.</param>
    public void AddLink(int from, int? to, string label)
    {
        _hasResults |= to is null;
        string target = to is { } stage ? string.Create(CultureInfo.InvariantCulture, $"s{stage}") : "results";
        string arrow = label.Length == 0 ? "-->" : $"-->|\"{Escape(label)}\"|";
        _text.Append(CultureInfo.InvariantCulture, $"    s{from} {arrow} {target}\n");
    }

    /// <summary>Returns the chart.</summary>
    public override string ToString() => _hasResults ? $"{_text}    results([results])\n" : _text.ToString();

    // A label is in quotes; entities keep what Markdown, HTML and Mermaid would read.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (Rune rune in CleanText.Of(text).EnumerateRunes())
        {
            if (rune.Value is '"' or '#' or '&' or '<' or '>' or '`' or '|' or '\\' or ';')
                escaped.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
            else
                escaped.Append(rune);
        }

        return escaped.ToString();
    }
}
