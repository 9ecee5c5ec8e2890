using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>What the product can say: the texts in the code under src, each as the constant parts between its holes.</summary>
internal sealed class ProductTexts
{
    /// <summary>A text with fewer constant characters says too little to be known again.</summary>
    private const int Least = 8;

    /// <summary>How much of a sentence has to be the product's own; the rest are the values in it. Sentences on the pages have short values.</summary>
    private const double Share = 0.5;

    private readonly string[][] _texts;

    public ProductTexts(IEnumerable<string> files) => _texts = [.. files.SelectMany(TextsIn).Where(parts => parts.Sum(part => part.Length) >= Least)];

    public static ProductTexts OfSource { get; } = new(Repository.CodeFiles()
        .Where(file => file.StartsWith("src", StringComparison.Ordinal))
        .Select(file => File.ReadAllText(Path.Combine(Repository.Root, file))));

    /// <summary>Whether the constant parts of texts that occur in the sentence whole make most of it.</summary>
    public bool CanSay(string sentence)
    {
        var covered = new bool[sentence.Length];
        foreach (string[] parts in _texts)
        {
            if (Find(parts, sentence) is { } places)
            {
                for (int i = 0; i < parts.Length; i++)
                    covered.AsSpan(places[i], parts[i].Length).Fill(true);
            }
        }

        return covered.Count(isCovered => isCovered) >= Share * sentence.Length;
    }

    /// <summary>Where the parts stand, one after the other; null if one of them does not.</summary>
    private static int[]? Find(string[] parts, string sentence)
    {
        var places = new int[parts.Length];
        int from = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            places[i] = sentence.IndexOf(parts[i], from, StringComparison.Ordinal);
            if (places[i] < 0)
                return null;
            from = places[i] + parts[i].Length;
        }

        return places;
    }

    private static IEnumerable<string[]> TextsIn(string code) => CSharpSyntaxTree.ParseText(code).GetRoot().DescendantNodes().Select(node => node switch
    {
        InterpolatedStringExpressionSyntax text => [.. text.Contents.OfType<InterpolatedStringTextSyntax>().Select(part => part.TextToken.ValueText)],
        LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.StringLiteralExpression) => PartsOfTemplate(literal.Token.ValueText),
        _ => Array.Empty<string>(),
    });

    /// <summary>The holes of a text of the log are names in braces.</summary>
    private static string[] PartsOfTemplate(string text)
    {
        List<string> parts = [];
        foreach (string piece in text.Split('{'))
            parts.Add(parts.Count == 0 ? piece : piece[(piece.IndexOf('}', StringComparison.Ordinal) + 1)..]);
        return [.. parts.Where(part => part.Length > 0)];
    }
}
