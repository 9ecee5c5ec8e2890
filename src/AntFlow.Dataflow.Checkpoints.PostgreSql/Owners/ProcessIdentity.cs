using System.Diagnostics;
using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Identifies a process, and distinguishes it from a later one with the same pid.</summary>
/// <param name="Host">The name of the host, for people.</param>
/// <param name="Pid">The process id.</param>
/// <param name="Start">When the process started; comparable only within its space.</param>
/// <param name="Space">The scope in which process ids can be compared. On Linux that is one boot of a kernel and one pid namespace: containers share a host name and all have a process 1,
/// and a host that was restarted knows nothing about its earlier processes. Empty if it is unknown.</param>
internal sealed record ProcessIdentity(string Host, int Pid, long Start, string Space)
{
    public static ProcessIdentity Current { get; } = new(Environment.MachineName, Environment.ProcessId, FindStart(Environment.ProcessId) ?? 0, FindSpace());

    /// <summary>Whether the process has certainly ended: it ran here, and no longer does. False if that cannot be determined here.</summary>
    public bool HasExited => Space.Length > 0 && Start != 0 && string.Equals(Space, Current.Space, StringComparison.Ordinal) && FindStart(Pid) is var start && start != Start && start != 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {Pid} on {Host}");

    /// <summary>Returns when a process started; null if it does not exist, 0 if it exists and its start is unknown.</summary>
    private static long? FindStart(int pid)
    {
        try
        {
            return OperatingSystem.IsLinux() ? ReadStart(pid) : AskStart(pid);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended, or the system hides the processes of other users.
            return Exists(pid) ? 0 : null;
        }
    }

    private static long? ReadStart(int pid)
    {
        // The name of the program is in parentheses and may contain anything, including parentheses. After it come the state and, 19 fields later, the start.
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        // A zombie no longer runs: its parent has not yet read its exit status.
        return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
    }

    private static long? AskStart(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.StartTime.ToUniversalTime().Ticks;
        }
        catch (ArgumentException)
        {
            return null;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception or NotSupportedException)
        {
            return 0;
        }
    }

    private static bool Exists(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string FindSpace()
    {
        if (!OperatingSystem.IsLinux())
            return $"{Environment.OSVersion.Platform} {Environment.MachineName}";
        try
        {
            string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            string? pids = new FileInfo("/proc/self/ns/pid").LinkTarget;
            return pids is null ? "" : $"{boot} {pids}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
