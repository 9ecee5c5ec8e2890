using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>The files of the repository, as these tests see them.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release in the spelling of the build folders: that of the build these tests come from.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Name;

    /// <summary>README.md and the pages in docs, with paths from the root.</summary>
    public static IEnumerable<string> Pages =>
        ["README.md", .. Directory.EnumerateFiles(Full("docs"), "*.md", SearchOption.AllDirectories).Select(Relative).Order(StringComparer.Ordinal)];

    public static string Full(string path) => Path.Combine(Root, path);

    public static string Relative(string fullPath) => Path.GetRelativePath(Root, fullPath).Replace('\\', '/');

    public static string Read(string path) => File.ReadAllText(Full(path));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        foreach (string start in (string[])[AppContext.BaseDirectory, Path.GetDirectoryName(thisFile)!])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "AntFlow.Dataflow.sln")))
                    return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has AntFlow.Dataflow.sln; run the tests from a checkout.");
    }
}
