using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>The tests of some projects, as their sources have them.</summary>
internal sealed class TestsOf
{
    private readonly Dictionary<string, ClassDeclarationSyntax[]> _fixtures;
    private readonly Dictionary<string, ClassDeclarationSyntax[]> _bases;

    private TestsOf(ClassDeclarationSyntax[] classes)
    {
        _fixtures = classes.GroupBy(FullNameOf, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        _bases = classes.GroupBy(type => type.Identifier.Text, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    // As the faults build has them, which has more of them.
    private static readonly CSharpParseOptions _options = CSharpParseOptions.Default.WithPreprocessorSymbols("ANTFLOW_FAULTS");

    public static TestsOf Projects(params string[] projects) => new(
    [
        .. projects.SelectMany(project => Directory.EnumerateFiles(Path.Combine(FaultsBuild.Root, "test", project), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), _options).GetRoot().DescendantNodes().OfType<ClassDeclarationSyntax>()),
    ]);

    /// <summary>Whether there is a test of this name: of the fixture itself, of one it is derived from, or a case of each store.</summary>
    public bool Has(string fullName)
    {
        int dot = fullName.LastIndexOf('.');
        return _fixtures.TryGetValue(fullName[..dot], out ClassDeclarationSyntax[]? parts) && parts.Any(part => Has(part, fullName[(dot + 1)..]));
    }

    private bool Has(ClassDeclarationSyntax type, string method) =>
        type.Members.OfType<MethodDeclarationSyntax>().Any(member => string.Equals(member.Identifier.Text, method, StringComparison.Ordinal))
        || (type.BaseList?.Types.FirstOrDefault() is { } parent && Has(SimpleNameOf(parent.Type), method));

    private bool Has(string parent, string method) =>
        string.Equals(parent, "CheckpointStoreConformance", StringComparison.Ordinal)
            ? CheckpointConformance.Cases.Any(each => string.Equals($"{each.Topic}_{each.Name.Replace(' ', '_')}", method, StringComparison.Ordinal))
            : _bases.TryGetValue(parent, out ClassDeclarationSyntax[]? parts) && parts.Any(part => Has(part, method));

    private static string SimpleNameOf(TypeSyntax type) => type is SimpleNameSyntax name ? name.Identifier.Text : type.ToString();

    private static string FullNameOf(ClassDeclarationSyntax type) =>
        $"{type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name}.{type.Identifier.Text}";
}
