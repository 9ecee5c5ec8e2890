using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>Some lines of C# in a page.</summary>
/// <param name="FirstLine">The line of the page on which the code begins, from 1.</param>
/// <param name="Code">The code.</param>
internal sealed record MarkdownCode(int FirstLine, string Code);

/// <summary>What the tests look at in a page: its C# blocks, the preludes that stand unseen in its comments, and its links. A block of types alone is for all the others, as a prelude is.</summary>
internal sealed partial class MarkdownPage
{
    private const string PreludeBegin = "<!-- prelude";
    private const string PreludeEnd = "-->";

    private readonly List<MarkdownCode> _blocks = [];
    private readonly List<MarkdownCode> _preludes = [];
    private readonly List<(int Line, string Target)> _links = [];
    private readonly HashSet<string> _anchors = new(StringComparer.Ordinal);

    public MarkdownPage(string path, string text)
    {
        Path = path;
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.StartsWith(PreludeBegin, StringComparison.Ordinal))
                i = Take(lines, i, end => end.Trim() == PreludeEnd, _preludes);
            else if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                i = Take(lines, i, end => end.TrimStart().StartsWith("```", StringComparison.Ordinal), line.Trim() == "```csharp" ? _blocks : null);
            else if (line.StartsWith('#'))
                _anchors.Add(string.Concat(line.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'));
            else
                _links.AddRange(Link().Matches(line).Select(match => (i + 1, match.Groups["target"].Value)));
        }
    }

    public string Path { get; }

    public IReadOnlyList<MarkdownCode> Blocks => _blocks;

    public IReadOnlyList<MarkdownCode> Preludes => _preludes;

    /// <summary>Where links and pictures lead, with the line each stands on. Those in code are none.</summary>
    public IReadOnlyList<(int Line, string Target)> Links => _links;

    /// <summary>What headings may be linked to by, as GitHub makes it of their text.</summary>
    public IReadOnlyCollection<string> Anchors => _anchors;

    public static MarkdownPage Load(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Repository.Root, path)));

    private int Take(string[] lines, int opening, Predicate<string> isEnd, List<MarkdownCode>? found)
    {
        int end = Array.FindIndex(lines, opening + 1, isEnd);
        if (end < 0)
            throw new FormatException($"{Path}:{opening + 1}: what begins with '{lines[opening].Trim()}' has no end.");
        if (found is null)
            return end;
        var code = new MarkdownCode(opening + 2, string.Join('\n', lines[(opening + 1)..end]));
        (AreTypes(code) ? _preludes : found).Add(code);
        return end;
    }

    private static bool AreTypes(MarkdownCode code) =>
        CSharpSyntaxTree.ParseText(code.Code).GetCompilationUnitRoot() is { Members.Count: > 0 } unit && unit.Members.All(member => member is BaseTypeDeclarationSyntax);

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)|(?:src|href)=""(?<target>[^""]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}
