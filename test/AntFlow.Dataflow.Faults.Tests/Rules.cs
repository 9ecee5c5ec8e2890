using System.Text.RegularExpressions;

namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>The rules of docs/architecture.md: the items of some of its lists, and what some of its sections say as a whole.</summary>
internal static partial class Rules
{
    private static readonly string[] _lists = ["A stage", "Rules of the engine", "Where threads meet", "An executor", "Checkpoints"];
    private static readonly string[] _sections = ["The locks an item passes", "The terminal", "Checkpoints", "Checkpoints in SQLite", "Checkpoints in PostgreSQL"];

    /// <summary>Each rule as its heading and the text, or the number, of its item; the heading alone, if it is a section.</summary>
    public static IReadOnlyList<string> OfTheArchitecture()
    {
        List<string> rules = [];
        string heading = string.Empty;
        foreach (string line in File.ReadLines(Path.Combine(FaultsBuild.Root, "docs", "architecture.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                heading = line[3..];
                if (_sections.Contains(heading, StringComparer.Ordinal))
                    rules.Add(heading);
            }
            else if (_lists.Contains(heading, StringComparer.Ordinal) && Item().Match(line) is { Success: true } item)
            {
                string number = item.Groups["number"].Value;
                rules.Add($"{heading}: {(number.Length > 0 ? number : item.Groups["text"].Value.Replace("**", string.Empty, StringComparison.Ordinal))}");
            }
        }

        return rules;
    }

    /// <summary>Whether a name means this rule: a section or a number as it is, an item of a list without numbers by its begin.</summary>
    public static bool IsMeant(string rule, string name) =>
        name.Contains(": ", StringComparison.Ordinal) && !char.IsAsciiDigit(name[^1]) ? rule.StartsWith(name, StringComparison.Ordinal) : string.Equals(rule, name, StringComparison.Ordinal);

    [GeneratedRegex(@"^(-|(?<number>\d+)\.) (?<text>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Item();
}
