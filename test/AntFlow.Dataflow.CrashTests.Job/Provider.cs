namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>Somebody outside who makes things when he is asked to, twice if he is asked twice, and who can be asked what he has made under a key. What he has made is in
/// his own ledger, and outlives the process.</summary>
internal sealed class Provider(string folder, int life) : IDisposable
{
    private readonly Ledger _made = new(Path.Combine(folder, $"provider-{life:D4}.txt"));

    /// <summary>Makes a thing.</summary>
    /// <returns>Its number, never the same twice.</returns>
    public string Create(string key, string item)
    {
        string number = $"b{Guid.NewGuid():N}"[..9];
        _made.Write("made", key, item, number);
        return number;
    }

    /// <summary>What was made under a key, by whomever; null if nothing was.</summary>
    public string? Find(string key) =>
        Directory.EnumerateFiles(folder, "provider-*.txt").SelectMany(ReadLines)
            .Select(line => line.Split('\t')).FirstOrDefault(parts => parts is { Length: 5 } && parts[2] == key)?[4];

    public void Dispose() => _made.Dispose();

    private static string[] ReadLines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        // The last piece is empty, or what a death has torn: nobody was told of that.
        return reader.ReadToEnd().Split('\n')[..^1];
    }
}
