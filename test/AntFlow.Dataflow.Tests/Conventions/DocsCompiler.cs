using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>Compiles the C# blocks of a page, each on its own: as the body of an async method, next to what the page's preludes declare.</summary>
internal static class DocsCompiler
{
    // What a new project has by itself, and the namespaces of the library and its neighbours.
    private static readonly string[] _usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks", "AntFlow.Dataflow",
    ];

    private static readonly MetadataReference[] _references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly CSharpCompilationOptions _options = new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);

    /// <summary>Errors, and warnings about nulls, as <c>docs/stages.md:12: error CS0103: ...</c>.</summary>
    public static IReadOnlyList<string> FindErrors(MarkdownPage page) =>
        [.. page.Blocks.SelectMany(block => FindErrors(page, block)).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> FindErrors(MarkdownPage page, MarkdownCode block)
    {
        var text = new StringBuilder();
        foreach (string name in _usings)
            text.Append(CultureInfo.InvariantCulture, $"using {name};\n");
        // A page names a namespace once, in the first block that needs it.
        foreach (string directive in page.Blocks.Concat(page.Preludes).Where(b => b.FirstLine <= block.FirstLine).SelectMany(b => UsingsOf(b.Code)).Distinct(StringComparer.Ordinal))
            text.Append(directive).Append('\n');
        text.Append("internal static class CodeOfPage\n{\n");
        foreach (MarkdownCode prelude in page.Preludes)
            Append(text, page, prelude.FirstLine, WithoutUsings(prelude.Code));
        text.Append("#line hidden\nprivate static async Task BlockAsync()\n{\n");
        Append(text, page, block.FirstLine, WithoutUsings(block.Code));
        text.Append("#line hidden\nawait Task.CompletedTask;\n}\n}\n");

        SyntaxTree tree = CSharpSyntaxTree.ParseText(text.ToString());
        return CSharpCompilation.Create("Page", [tree], _references, _options).GetDiagnostics()
            .Where(d => d.Severity == DiagnosticSeverity.Error || IsAboutNulls(d))
            .Select(Describe);
    }

    private static IEnumerable<string> UsingsOf(string code) => CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot().Usings.Select(directive => directive.ToString());

    /// <summary>The code without the usings it begins with; their lines stay, empty, so that lines can be counted.</summary>
    private static string WithoutUsings(string code)
    {
        CompilationUnitSyntax unit = CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot();
        if (unit.Usings.Count == 0)
            return code;
        int end = unit.Usings[^1].Span.End;
        return string.Concat(new string('\n', code[..end].Count(c => c == '\n')), code.AsSpan(end));
    }

    private static void Append(StringBuilder text, MarkdownPage page, int line, string code) =>
        text.Append(CultureInfo.InvariantCulture, $"#line {line} \"{page.Path}\"\n{code}\n");

    private static bool IsAboutNulls(Diagnostic diagnostic) =>
        diagnostic.Severity == DiagnosticSeverity.Warning && diagnostic.Id.StartsWith("CS86", StringComparison.Ordinal);

    private static string Describe(Diagnostic diagnostic)
    {
        FileLinePositionSpan span = diagnostic.Location.GetMappedLineSpan();
        return string.Create(
            CultureInfo.InvariantCulture, $"{span.Path}:{span.StartLinePosition.Line + 1}: {diagnostic.Id}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}");
    }
}
