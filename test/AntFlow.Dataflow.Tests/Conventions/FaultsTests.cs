using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using AntFlow.Dataflow.Checkpoints.PostgreSql;
using AntFlow.Dataflow.Checkpoints.Sqlite;
using AntFlow.Dataflow.Terminal;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>What breaks the libraries, or slows them down, on purpose is compiled into the faults build, and into no other: no type, no method and no text of it is in what is packed.</summary>
public sealed partial class FaultsTests
{
#if ANTFLOW_FAULTS
    private const bool IsFaultsBuild = true;
#else
    private const bool IsFaultsBuild = false;
#endif

    private static readonly string[] _seams = ["Step", "Broken", "Gap", "Reached"];

    // Parts of types that are there in any build.
    private static readonly string[] _parts = ["Steps", "Seams"];

    private static IEnumerable<Type> Libraries => [typeof(Pipeline), typeof(SqliteCheckpointStore), typeof(PostgreSqlCheckpointStore), typeof(TerminalRunOptions)];

    [Test]
    public void Types_of_the_folder_are_in_the_faults_build_alone()
    {
        string[] types = [.. Directory.EnumerateFiles(Path.Combine(Repository.Core, "Faults"), "*.cs").Select(file => Path.GetFileNameWithoutExtension(file)!).Except(_parts, StringComparer.Ordinal)];

        types.ShouldContain("Fault");
        foreach (string type in types)
            (typeof(Pipeline).Assembly.GetType($"AntFlow.Dataflow.{type}") is not null).ShouldBe(IsFaultsBuild, type);
    }

    [TestCaseSource(nameof(Libraries))]
    public void A_seam_leaves_no_method_in_any_other_build(Type ofTheLibrary) =>
        ofTheLibrary.Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.IsPrivate && method.ReturnType == typeof(void) && _seams.Contains(method.Name, StringComparer.Ordinal))
            .Any()
            .ShouldBe(IsFaultsBuild);

    [TestCaseSource(nameof(Libraries))]
    public void A_seam_leaves_no_text_in_any_other_build(Type ofTheLibrary)
    {
        string folder = Path.Combine(Repository.Root, "src", ofTheLibrary.Assembly.GetName().Name!);
        string[] faults = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).SelectMany(file => Seam().Matches(File.ReadAllText(file))).Select(seam => seam.Groups["fault"].Value)];
        byte[] built = File.ReadAllBytes(ofTheLibrary.Assembly.Location);

        faults.ShouldNotBeEmpty();
        foreach (string text in faults.Append("ANTFLOW_FAULT"))
            // As the heap of texts has it.
            (built.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0).ShouldBe(IsFaultsBuild, text);
    }

    [GeneratedRegex("""(Broken|Gap)\("(?<fault>[a-z-]+)",""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Seam();
}
