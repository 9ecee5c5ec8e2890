namespace AntFlow.Dataflow.Benchmarks;

/// <summary>Where results are kept, and the page that quotes them.</summary>
public static class Repository
{
    /// <summary>The top of the repository around a folder.</summary>
    public static string Find(string folder)
    {
        string? top = folder;
        while (top is not null && !File.Exists(Path.Combine(top, "AntFlow.Dataflow.sln")))
            top = Path.GetDirectoryName(top);
        return top ?? throw new InvalidOperationException($"{folder} is not in the repository of AntFlow.Dataflow.");
    }

    public static string Results(string top) => Path.Combine(top, "benchmarks", "results");

    public static string Page(string top) => Path.Combine(top, "docs", "performance.md");
}
