using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>docs/architecture.md describes the path of an item as a sequence of methods: each of them is called by the one before it.</summary>
public sealed class PathOfAnItemTests
{
    private const int LongestPath = 15;

    private static readonly Lazy<CSharpCompilation> _core = new(() => CoreCompilation.Of(CoreCompilation.Files()));

    [Test]
    public void Each_method_of_the_path_is_called_by_the_one_before_it()
    {
        List<string[]> parts = Path();
        parts.Count.ShouldBe(2);
        parts.Sum(part => part.Length).ShouldBeLessThanOrEqualTo(LongestPath);
        foreach (string[] part in parts)
        {
            foreach ((string from, string to) in part.Zip(part.Skip(1)))
                Calls(from, to).ShouldBeTrue($"{from} does not call {to}");
        }
    }

    [Test]
    public void The_loop_takes_the_item_and_makes_the_attempts()
    {
        foreach (string called in new[] { "WorkerPool.TryTake", "StageAttempts.Begin", "StageAttempts.End", "OutcomeHandler.HandleAsync" })
            Calls("StageLoop.RunAsync", called).ShouldBeTrue(called);
        Calls("StageAttempts.Begin", "StageTask.Call").ShouldBeTrue();
        Calls("StageOutput.Forward", "StageIntake.Arrive").ShouldBeTrue();
        Calls("StageIntake.Arrive", "StageIntake.EnqueueOrDelay").ShouldBeTrue();
    }

    [Test]
    public void A_call_that_is_not_there_is_not_found() => Calls("StageIntake.Enqueue", "OutcomeHandler.Forward").ShouldBeFalse();

    private static List<string[]> Path()
    {
        string[] lines = File.ReadAllLines(System.IO.Path.Combine(Repository.Root, "docs", "architecture.md"));
        int begin = Array.IndexOf(lines, "### The path of an item");
        begin.ShouldBeGreaterThan(0);
        List<string[]> parts = [];
        List<string>? part = null;
        foreach (string line in lines.Skip(begin + 1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)))
        {
            if (line == "```text")
            {
                part = [];
            }
            else if (line == "```")
            {
                parts.Add([.. part!]);
                part = null;
            }
            else
            {
                part?.Add(line.Trim());
            }
        }

        return parts;
    }

    private static bool Calls(string from, string to)
    {
        string[] caller = from.Split('.');
        string[] called = to.Split('.');
        return MethodsOf(caller[0], caller[1]).Any(method => method.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call =>
            _core.Value.GetSemanticModel(call.SyntaxTree).GetSymbolInfo(call).Symbol is IMethodSymbol target
            && target.Name == called[1] && IsOf(target.ContainingType, called[0])));
    }

    private static IEnumerable<MethodDeclarationSyntax> MethodsOf(string type, string name)
    {
        MethodDeclarationSyntax[] methods = [.. _core.Value.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>())
            .Where(method => method.Identifier.Text == name && method.Parent is TypeDeclarationSyntax declaring && declaring.Identifier.Text == type)];
        methods.ShouldNotBeEmpty($"there is no method {type}.{name}");
        return methods;
    }

    // A call by way of an interface or a base class is a call of what implements it.
    private static bool IsOf(INamedTypeSymbol called, string name) =>
        called.Name == name || _core.Value.GetSymbolsWithName(name, SymbolFilter.Type).OfType<INamedTypeSymbol>().Any(type =>
            type.AllInterfaces.Contains(called.OriginalDefinition, SymbolEqualityComparer.Default));
}
