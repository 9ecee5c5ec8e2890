using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>Which folder of the core names which other one: resolved by the compiler, because everything is in one namespace.</summary>
internal static class Arrows
{
    /// <summary>The composition root: files at the top, and the overloads that belong to them.</summary>
    public const string Root = "(root)";

    /// <summary>What breaks the engine on purpose: it may name all, and is no part of what is packed.</summary>
    private const string Faults = "Faults";

    private static readonly Dictionary<string, string[]> _allowed = new(StringComparer.Ordinal)
    {
        ["Items"] = [],
        ["Retries"] = ["Items"],
        ["Buffers"] = ["Items"],
        ["Events"] = ["Items"],
        ["Workers"] = ["Items", "Buffers", "Retries"],
        ["Execution"] = ["Items", "Buffers", "Retries", "Workers"],
        ["Stages"] = ["Items", "Events", "Buffers", "Retries", "Workers"],
        ["Tracking"] = ["Items", "Events"],
        ["Diagnostics"] = ["Items", "Events", "Snapshots"],
        ["Snapshots"] = ["Items", "Events", "Stages", "Tracking"],
        ["Results"] = ["Items", "Workers", "Stages", "Tracking", "Snapshots"],
        ["Displays"] = ["Items", "Stages", "Tracking", "Snapshots", "Results"],
        ["Checkpoints"] = ["Items", "Events", "Workers", "Stages"],
        ["Runs"] = ["Items", "Events", "Buffers", "Workers", "Stages", "Tracking", "Snapshots", "Diagnostics", "Results", "Displays", "Checkpoints"],
    };

    /// <summary>Every place where a folder names one it may not.</summary>
    public static IReadOnlyList<string> FindViolations(IEnumerable<(string Path, string Text)> files)
    {
        CSharpCompilation compilation = CoreCompilation.Of(files);
        return [.. compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0).SelectMany(tree => FindViolations(compilation.GetSemanticModel(tree), tree)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public static string RoomOf(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        return string.IsNullOrEmpty(folder) || folder == "Overloads" ? Root : folder.Split('/', '\\')[0];
    }

    private static IEnumerable<string> FindViolations(SemanticModel model, SyntaxTree tree)
    {
        string from = RoomOf(tree.FilePath);
        if (from is Root or Faults)
            yield break;
        if (!_allowed.TryGetValue(from, out string[]? allowed))
        {
            yield return $"{tree.FilePath}: folder {from} is not on the map of rooms";
            yield break;
        }

        foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            ISymbol? symbol = model.GetSymbolInfo(name).Symbol;
            INamedTypeSymbol? type = (symbol as INamedTypeSymbol ?? symbol?.ContainingType)?.OriginalDefinition;
            string? to = type is null ? null : RoomOf(type);
            if (to is not null && to != from && !allowed.Contains(to, StringComparer.Ordinal))
                yield return $"{tree.FilePath}: {from} names {type!.Name} of {to}";
        }
    }

    /// <summary>The room that a type of the core belongs to; null for other types.</summary>
    private static string? RoomOf(INamedTypeSymbol type)
    {
        string[] paths = [.. type.Locations.Where(location => location.IsInSource).Select(location => location.SourceTree!.FilePath).Where(path => path.Length > 0)];
        // The part of a partial type that is not generated decides, and not the one at the root, which puts it together.
        string? path = paths
            .OrderBy(path => Arrows.RoomOf(path) == Root)
            .FirstOrDefault(path => !path.EndsWith(".Overloads.cs", StringComparison.Ordinal) && Arrows.RoomOf(path) != Faults) ?? paths.FirstOrDefault();
        return path is null ? null : RoomOf(path);
    }
}
