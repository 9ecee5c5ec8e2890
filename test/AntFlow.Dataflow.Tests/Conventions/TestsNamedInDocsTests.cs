using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>A page that names the tests of a promise is worth something only while they are there.</summary>
public sealed partial class TestsNamedInDocsTests
{
    private const string Page = "docs/from-python.md";

    private static readonly Dictionary<string, Type[]> _fixtures = typeof(TestsNamedInDocsTests).Assembly.GetTypes()
        .Where(type => type.IsPublic)
        .GroupBy(type => type.Name, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    [Test]
    public void Every_test_that_the_page_for_Python_names_is_there()
    {
        string[] names = [.. NamesIn(File.ReadAllText(Path.Combine(Repository.Root, Page)))];

        names.Length.ShouldBeGreaterThan(60);
        names.Where(name => !IsThere(name)).ShouldBeEmpty();
    }

    [TestCase("| a | `Runs/FeedingARun.No_such_test_*` |")]
    [TestCase("| a | `Runs/NoSuchClass` |")]
    [TestCase("| a | `Runs/FeedingARun.Any_stage_*`, `.No_such_test` |")]
    public void A_test_that_is_not_there_is_found(string row) => NamesIn(row).ShouldContain(name => !IsThere(name));

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
