using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks.Docs;

/// <summary>Puts what was measured between the marks of docs/performance.md.</summary>
/// <remarks>A block begins with a line <c>&lt;!-- results: name --&gt;</c> and ends with <c>&lt;!-- end of results --&gt;</c>. The name is <c>gate</c>, <c>rivals</c> or that of a file of
/// the results folder.</remarks>
public static class PerformancePage
{
    private const string Begin = "<!-- results: ";
    private const string BeginEnd = " -->";
    private const string End = "<!-- end of results -->";
    private const string NotMeasured = "Not measured yet.";

    /// <summary>The page with its blocks as the results folder has them.</summary>
    public static string Fill(string page, string results)
    {
        var lines = new List<string>();
        string? block = null;
        foreach (string line in page.Split('\n'))
        {
            if (line == End)
            {
                _ = block ?? throw new FormatException($"'{End}' stands where no block is open.");
                block = null;
            }

            if (block is null)
                lines.Add(line);
            if (!line.StartsWith(Begin, StringComparison.Ordinal))
                continue;
            if (block is not null)
                throw new FormatException($"The block '{block}' has no end before '{line}'; it must be '{End}'.");
            block = line[Begin.Length..^BeginEnd.Length];
            lines.Add("");
            lines.AddRange(Read(block, results).TrimEnd('\n').Split('\n'));
            lines.Add("");
        }

        if (block is not null)
            throw new FormatException($"The block '{block}' has no end; it must be '{End}'.");
        return string.Join('\n', lines);
    }

    private static string Read(string block, string results) => block switch
    {
        "gate" => GateResults.Load(results) is { } gate ? Markdown.Of(gate) : NotMeasured,
        "rivals" => ReadRivals(results),
        _ => ReadTable(block + ".md", results),
    };

    private static string ReadRivals(string results)
    {
        string throughput = Path.Combine(results, "Throughput.md");
        return GateResults.Load(results) is { } gate && File.Exists(throughput) ? $"{Rivals.Of(gate)} {Rivals.OfThroughput(File.ReadAllText(throughput))}" : NotMeasured;
    }

    private static string ReadTable(string name, string results)
    {
        string table = Path.Combine(results, name);
        return File.Exists(table) ? Markdown.TableOf(File.ReadAllText(table), "../benchmarks/results/" + name) : NotMeasured;
    }
}
