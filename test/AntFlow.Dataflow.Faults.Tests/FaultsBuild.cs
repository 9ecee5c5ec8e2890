using NUnit.Framework;

namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>The test programs of the faults build, which is made apart: beside the other one, with the same configuration.</summary>
internal static class FaultsBuild
{
    private static readonly string _configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The top of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The program of a test project.</summary>
    public static string ProgramOf(string project) => Path.Combine(FolderOf(project), $"{project}.dll");

    /// <summary>Skips the test that calls it where the program is missing or older than its sources, and says how it is built. On a build server it fails: there the faults are to be killed.</summary>
    public static void SkipIfMissing(string project)
    {
        if (MissingBecause(project) is not { } why)
            return;
        string configuration = _configuration.Equals("release", StringComparison.OrdinalIgnoreCase) ? " -c Release" : string.Empty;
        string text = $"{why} Build it: dotnet build test/faults.slnf{configuration} -p:Faults=true";
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
            Assert.Fail(text);
        Assert.Ignore(text);
    }

    private static string? MissingBecause(string project)
    {
        if (!File.Exists(ProgramOf(project)))
            return "The faults build is not there.";
        bool isStale = IsOlder(ProgramOf(project), Path.Combine(Root, "test", project))
            || IsOlder(Path.Combine(FolderOf(project), "AntFlow.Dataflow.dll"), Path.Combine(Root, "src", "AntFlow.Dataflow"));
        return isStale ? "The faults build is older than its sources." : null;
    }

    private static bool IsOlder(string built, string sources)
    {
        DateTime at = File.GetLastWriteTimeUtc(built);
        return Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories).Any(file => File.GetLastWriteTimeUtc(file) > at);
    }

    private static string FolderOf(string project) => Path.Combine(Root, "artifacts", "faults", "bin", project, _configuration);

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AntFlow.Dataflow.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
