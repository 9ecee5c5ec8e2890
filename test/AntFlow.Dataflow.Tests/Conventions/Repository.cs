namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>The files of this repository, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Core => Path.Combine(Root, "src", "AntFlow.Dataflow");

    /// <summary>All C# files that are written by people or by eng/Overloads, with their paths from the top.</summary>
    public static IEnumerable<string> CodeFiles() =>
        new[] { "src", "test", "examples", "benchmarks", "eng" }
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Root, file));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AntFlow.Dataflow.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
