using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>What the page for Python users promises has a test each: a list names them, which is worth something only while it has every row of the page and the tests are there.</summary>
public sealed partial class FromPythonTests
{
    private const string Page = "docs/from-python.md";
    private const string List = "test/AntFlow.Dataflow.Tests/Scenarios/FromPython.md";

    private static readonly Dictionary<string, Type[]> _fixtures = typeof(FromPythonTests).Assembly.GetTypes()
        .Where(type => type.IsPublic)
        .GroupBy(type => type.Name, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    [Test]
    public void Every_test_that_the_list_names_is_there()
    {
        string[] names = [.. NamesIn(Read(List))];

        names.Length.ShouldBeGreaterThan(60);
        names.Where(name => !IsThere(name)).ShouldBeEmpty();
    }

    [Test]
    public void The_list_has_every_row_of_the_page()
    {
        ILookup<string, string> listed = RowsIn(Read(List));
        ILookup<string, string> promised = RowsIn(Read(Page));
        string[] chapters = ["Pipelines and stages", "Running", "Tracking", "Executor", "Displays"];

        foreach (string chapter in chapters)
            listed[chapter].ShouldBe(promised[chapter], chapter);
        chapters.Sum(chapter => promised[chapter].Count()).ShouldBeGreaterThan(40);
    }

    [Test]
    public void A_row_is_known_by_its_first_cell_under_its_heading() =>
        RowsIn("## Ants\n| what | test |\n|---|---|\n| `walk` | a |\n\n## Bees\n| `fly` | b |\n").Select(rows => $"{rows.Key}: {string.Join(", ", rows)}").ShouldBe(["Ants: what, ---, `walk`", "Bees: `fly`"]);

    [TestCase("| a | `Runs/FeedingARun.No_such_test_*` |")]
    [TestCase("| a | `Runs/NoSuchClass` |")]
    [TestCase("| a | `Runs/FeedingARun.Any_stage_*`, `.No_such_test` |")]
    public void A_test_that_is_not_there_is_found(string row) => NamesIn(row).ShouldContain(name => !IsThere(name));

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");

    /// <summary>The first cells of the rows of all tables, by the heading above them.</summary>
    private static ILookup<string, string> RowsIn(string text)
    {
        List<(string Chapter, string Cell)> rows = [];
        string chapter = string.Empty;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                chapter = line[3..];
            else if (line.StartsWith('|'))
                rows.Add((chapter, line.Split('|')[1].Trim()));
        }

        return rows.ToLookup(row => row.Chapter, row => row.Cell, StringComparer.Ordinal);
    }

    /// <summary>The tests as Folder/Class or Folder/Class.Method; a name that begins with a dot is in the class before it.</summary>
    private static IEnumerable<string> NamesIn(string text)
    {
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            string fixture = string.Empty;
            foreach (string name in Quoted().Matches(line).Select(match => match.Groups["name"].Value))
            {
                if (!name.StartsWith('.'))
                    fixture = name.Split('.')[0];
                yield return name.StartsWith('.') ? fixture + name : name;
            }
        }
    }

    private static bool IsThere(string name)
    {
        string[] parts = name.Split('/')[^1].Split('.');
        Regex fixture = Pattern(parts[0]);
        Type[] types = [.. _fixtures.Where(pair => fixture.IsMatch(pair.Key)).SelectMany(pair => pair.Value)];
        if (parts.Length == 1 || types.Length == 0)
            return types.Length > 0;
        Regex test = Pattern(parts[1]);
        return types.Any(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Any(method => test.IsMatch(method.Name)));
    }

    private static Regex Pattern(string name) =>
        new($"^{name.Replace("*", ".*", StringComparison.Ordinal)}$", RegexOptions.None, TimeSpan.FromSeconds(10));

    [GeneratedRegex(@"`(?<name>(?:(?:Building|Displays|Execution|Stages|Issues|Runs|Results|Scenarios|Tracking)/|\.(?=[A-Z]))[\w.*]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();
}
