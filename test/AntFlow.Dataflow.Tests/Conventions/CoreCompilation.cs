using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>The source of the core, compiled: names in it have symbols.</summary>
internal static class CoreCompilation
{
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading; global using System.Threading.Tasks; global using System.IO;";

    /// <summary>Compiles files by their paths below the folder of the core.</summary>
    public static CSharpCompilation Of(IEnumerable<(string Path, string Text)> files)
    {
        IEnumerable<SyntaxTree> trees = files.Select(file => CSharpSyntaxTree.ParseText(file.Text, path: file.Path)).Append(CSharpSyntaxTree.ParseText(Usings));
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("AntFlow.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create("Core", trees, references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
    }

    /// <summary>All files of the core.</summary>
    public static IEnumerable<(string Path, string Text)> Files() =>
        Repository.CodeFiles()
            .Select(path => Path.Combine(Repository.Root, path))
            .Where(path => path.StartsWith(Repository.Core + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .Select(path => (Path.GetRelativePath(Repository.Core, path), File.ReadAllText(path)));
}
