using System.Globalization;

namespace AntFlow.Dataflow.CrashTests.Lives;

/// <summary>Something that has happened in a life.</summary>
/// <param name="At">When, in ticks of the wall clock.</param>
/// <param name="What">What.</param>
/// <param name="Details">Of whom: the item, the stage, the attempt.</param>
internal sealed record LedgerLine(long At, string What, params string[] Details)
{
    public string Item => Details[0];

    public int Stage => Number(1);

    public int Attempt => Number(2);

    /// <summary>The stage of the item.</summary>
    public (string Item, int Stage) Step => (Item, Stage);

    public int Number(int detail) => int.Parse(Details[detail], CultureInfo.InvariantCulture);

    /// <summary>Reads the lines of a ledger. What a death has torn is the end of the file, and no line.</summary>
    public static IReadOnlyList<LedgerLine> ReadAll(string path)
    {
        if (!File.Exists(path))
            return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n')[..^1].Select(Parse)];
    }

    public override string ToString() => $"{What} {string.Join(' ', Details)}";

    private static LedgerLine Parse(string line)
    {
        string[] parts = line.Split('\t');
        return new LedgerLine(long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2..]);
    }
}
