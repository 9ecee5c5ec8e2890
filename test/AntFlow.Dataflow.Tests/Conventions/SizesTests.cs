using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class SizesTests
{
    private const int LongestFile = 400;
    private const int LongestMethod = 60;

    [Test]
    public void No_file_is_over_400_lines() =>
        Repository.CodeFiles()
            .Select(file => (File: file, Lines: File.ReadLines(Path.Combine(Repository.Root, file)).Count()))
            .Where(file => file.Lines > LongestFile)
            .ShouldBeEmpty();

    [Test]
    public void No_method_is_over_60_lines() =>
        Repository.CodeFiles().SelectMany(LongMethods).ShouldBeEmpty();

    [Test]
    public void There_are_no_regions() =>
        Repository.CodeFiles()
            .Where(file => File.ReadLines(Path.Combine(Repository.Root, file)).Any(line => line.TrimStart().StartsWith("#region", StringComparison.Ordinal)))
            .ShouldBeEmpty();

    private static IEnumerable<string> LongMethods(string file)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(Repository.Root, file))).GetRoot();
        foreach (SyntaxNode node in root.DescendantNodes())
        {
            if (node is not (BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax))
                continue;
            // Without the documentation above it.
            FileLinePositionSpan span = node.SyntaxTree.GetLineSpan(node.Span);
            // A loop of workers tells one story, and its awaits have to be in one method.
            if (node is MethodDeclarationSyntax { Identifier.Text: "RunAsync" } && file.EndsWith("Loop.cs", StringComparison.Ordinal))
                continue;
            int lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
            if (lines > LongestMethod)
                yield return $"{file}:{span.StartLinePosition.Line + 1} has a method of {lines} lines";
        }
    }
}
