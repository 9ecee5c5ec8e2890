using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>Tests see what users of a type see, or what it shows to tests: nothing private of the product, and nothing of the framework's, which may be another one tomorrow.</summary>
public sealed class PrivateMembersTests
{
    /// <summary>What reaches private members.</summary>
    private static readonly HashSet<string> _ways = new(StringComparer.Ordinal)
    {
        "NonPublic", "UnsafeAccessor", "UnsafeAccessorAttribute", "GetRuntimeFields", "GetRuntimeMethods", "GetRuntimeProperties", "DeclaredFields", "DeclaredMethods", "DeclaredProperties", "DeclaredMembers",
    };

    /// <summary>Files that may, and why.</summary>
    private static readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal)
    {
        ["test/AntFlow.Dataflow.Tests/Conventions/FaultsTests.cs"] = "asks which methods were compiled; calls none, and reads no value",
        ["test/AntFlow.Dataflow.Packages.Tests/DocumentationIds.cs"] = "asks which members derived classes have; calls none, and reads no value",
    };

    [Test]
    public void No_test_reads_private_members_by_reflection() =>
        Repository.CodeFiles()
            .Where(file => file.StartsWith("test", StringComparison.Ordinal) && !_reasons.ContainsKey(file.Replace('\\', '/')))
            .SelectMany(file => Find(File.ReadAllText(Path.Combine(Repository.Root, file))).Select(way => $"{file}: {way}"))
            .ShouldBeEmpty();

    [Test]
    public void Each_reason_is_one_of_a_file_that_does() =>
        _reasons.Keys.Where(file => !Find(File.ReadAllText(Path.Combine(Repository.Root, file))).Any()).ShouldBeEmpty();

    [Test]
    public void It_is_found_in_either_build()
    {
        Find("int i = (int)typeof(C).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(c)!;").ShouldBe(["NonPublic"]);
        Find("#if ANTFLOW_FAULTS\n[UnsafeAccessor(UnsafeAccessorKind.Field)] extern static int I(C c);\n#endif").ShouldBe(["UnsafeAccessor"]);
        Find("#if ANTFLOW_FAULTS\n#else\nvar fields = typeof(C).GetRuntimeFields();\n#endif").ShouldBe(["GetRuntimeFields"]);
        Find("var fields = typeof(C).GetFields(); // not BindingFlags.NonPublic").ShouldBeEmpty();
    }

    private static IEnumerable<string> Find(string text) =>
        new[] { CSharpParseOptions.Default, CSharpParseOptions.Default.WithPreprocessorSymbols("ANTFLOW_FAULTS") }
            .SelectMany(options => CSharpSyntaxTree.ParseText(text, options).GetRoot().DescendantTokens())
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken) && _ways.Contains(token.Text))
            .Select(token => token.Text)
            .Distinct(StringComparer.Ordinal);
}
