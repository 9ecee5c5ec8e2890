namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>The part of a page under a heading of the third level.</summary>
/// <param name="Chapter">The heading of the second level above it.</param>
/// <param name="Heading">Its own heading, without the marks.</param>
/// <param name="Text">What stands below it, up to the next heading.</param>
public sealed record PageSection(string Chapter, string Heading, string Text)
{
    /// <summary>The lines of the blocks fenced as <c>text</c>.</summary>
    public IReadOnlyList<string> Quoted { get; } = [.. QuotedIn(Text)];

    public static IReadOnlyList<PageSection> Of(string page)
    {
        List<PageSection> sections = [];
        string chapter = string.Empty;
        foreach (string part in string.Concat("\n", page.ReplaceLineEndings("\n")).Split("\n#").Skip(1))
        {
            string[] lines = part.Split('\n', 2);
            string heading = lines[0].TrimStart('#').Trim();
            int level = lines[0].Length - lines[0].TrimStart('#').Length + 1;
            if (level == 2)
                chapter = heading;
            else if (level == 3)
                sections.Add(new PageSection(chapter, heading, lines.Length > 1 ? lines[1] : string.Empty));
        }

        return sections;
    }

    private static IEnumerable<string> QuotedIn(string text)
    {
        bool isQuoted = false;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                isQuoted = line == "```text";
            else if (isQuoted)
                yield return line;
        }
    }
}
