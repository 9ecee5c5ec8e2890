using System.Diagnostics;
using NUnit.Framework;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>The holder as another user, or in other circumstances.</summary>
internal static class OtherUser
{
    private const string Nobody = "65534";

    /// <summary>How the holder is started.</summary>
    public static string Holder => $"'{Environment.ProcessPath switch { { } path when Path.GetFileNameWithoutExtension(path) == "dotnet" => path, _ => "dotnet" }}' '{Program}'";

    private static string Program => typeof(OtherUser).Assembly.Location.Replace("Sqlite.Tests", "Sqlite.Tests.Holder", StringComparison.Ordinal);

    /// <summary>Runs a command, and gives what it says.</summary>
    public static async Task<string> RunAsync(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync().InTime();
        await process.WaitForExitAsync().InTime();
        return said + await errors;
    }

    /// <summary>Has another user open a run.</summary>
    public static async Task<string> TryAsync(string path, string runId)
    {
        if (Environment.UserName != "root" || !File.Exists("/usr/bin/setpriv"))
            Assert.Ignore("Only root can be another user here, by setpriv.");
        string said = await RunAsync("setpriv", "--reuid=" + Nobody, "--regid=" + Nobody, "--clear-groups", "sh", "-c", $"HOME=/tmp {Holder} try '{path}' {runId}");
        if (!said.Contains("store:", StringComparison.Ordinal))
            Assert.Ignore($"The other user cannot run the program: {said}");
        return said;
    }
}
