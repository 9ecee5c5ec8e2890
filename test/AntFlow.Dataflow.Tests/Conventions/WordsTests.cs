using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>The texts speak of things: a program is no person, and has no life.</summary>
[TestFixture]
public sealed partial class WordsTests
{
    [Test]
    public void Pages_have_none_of_the_words()
    {
        string[] pages = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md"), .. Directory.EnumerateFiles(Repository.Root, "*.md"), .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "eng"), "*.md", SearchOption.AllDirectories)];
        pages.Length.ShouldBeGreaterThan(20);

        pages.SelectMany(page => Found(Path.GetRelativePath(Repository.Root, page), File.ReadLines(page).Select((line, index) => (index + 1, line)))).ShouldBeEmpty();
    }

    [Test]
    public void Documentation_comments_and_messages_of_the_packages_have_none_of_the_words()
    {
        string[] files = [.. Repository.CodeFiles().Where(file => file.StartsWith("src", StringComparison.Ordinal))];
        files.Length.ShouldBeGreaterThan(400);

        files.SelectMany(file => Found(file, TextsOf(File.ReadAllText(Path.Combine(Repository.Root, file))))).ShouldBeEmpty();
    }

    [TestCase("Whoever reads it, waits.", "Whoever")]
    [TestCase("the store, whom nobody asked", "whom, nobody")]
    [TestCase("He stays the owner as long as his process lives.", "He, his, lives")]
    [TestCase("after the death of the process", "death")]
    [TestCase("The theory of the sheer lifetime, as the deadline of a livelock shows.", "")]
    public void The_words_are_found_as_words(string text, string words) => string.Join(", ", Words().Matches(text).Select(match => match.Value)).ShouldBe(words);

    [Test]
    public void Comments_and_strings_of_code_are_texts_and_names_are_not() =>
        TextsOf(
            """
            /// <summary>a</summary>
            class Lives { string Die() => "b{Alive}"; /* c */ string Who => $"d {1} e"; } // f
            """).Select(text => text.Text.Trim()).ShouldBe(["/// <summary>a</summary>", "\"b\"", "/* c */", "d", "e", "// f"], ignoreOrder: true);

    private static IEnumerable<string> Found(string file, IEnumerable<(int Line, string Text)> texts) =>
        from text in texts
        from match in Words().Matches(text.Text)
        select $"{file}:{text.Line}: '{match.Value}' in {text.Text.Trim()}";

    private static IEnumerable<(int Line, string Text)> TextsOf(string code)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(code).GetRoot();
        IEnumerable<(int Start, string Text)> comments = root.DescendantTrivia()
            .Where(trivia => trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia or SyntaxKind.SingleLineDocumentationCommentTrivia)
            .Select(trivia => (trivia.FullSpan.Start, trivia.ToFullString()));
        IEnumerable<(int Start, string Text)> strings = root.DescendantTokens()
            .Where(token => token.Parent is LiteralExpressionSyntax literal && literal.IsKind(SyntaxKind.StringLiteralExpression) || token.IsKind(SyntaxKind.InterpolatedStringTextToken))
            // What stands in braces is a name.
            .Select(token => (token.SpanStart, Holes().Replace(token.Text, string.Empty)));
        return from text in comments.Concat(strings)
               from line in text.Text.Split('\n').Select((line, index) => (Line: root.SyntaxTree.GetText().Lines.GetLinePosition(text.Start).Line + 1 + index, line))
               where !string.IsNullOrWhiteSpace(line.line)
               select line;
    }

    [GeneratedRegex("{[^}]*}")]
    private static partial Regex Holes();

    [GeneratedRegex(@"\b(who|whoever|whom|somebody|someone|nobody|anybody|everybody|he|his|him|himself|she|her|life|lives|die|dies|died|dead|death|deaths|alive|born)\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Words();
}
