using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>Where, when and on what something was measured.</summary>
public sealed record Measurement(string Machine, int Cores, string Runtime, string Date, string Commit)
{
    /// <summary>This machine, now, at the commit that is checked out.</summary>
    public static Measurement Here(string repository) => new(
        $"{ProcessorName()}, {RuntimeInformation.OSDescription}",
        Environment.ProcessorCount,
        RuntimeInformation.FrameworkDescription,
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd"),
        Git(repository, "rev-parse --short=10 HEAD") + (Git(repository, "status --porcelain -- src").Length == 0 ? "" : " with changes"));

    public override string ToString() => $"{Machine}, {Cores} cores, {Runtime}; {Date}, commit {Commit}";

    private static string ProcessorName()
    {
        const string file = "/proc/cpuinfo";
        string? line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Git(string repository, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = repository, RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : "unknown";
    }
}
