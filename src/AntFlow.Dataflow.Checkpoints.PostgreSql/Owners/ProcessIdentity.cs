using System.Diagnostics;
using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>A process, told from a later one of the same pid.</summary>
/// <param name="Host">The name of the host, for people.</param>
/// <param name="Pid">The process id.</param>
/// <param name="Start">When the process started; meaningful in its space only.</param>
/// <param name="Space">Within which process ids can be compared. On Linux that is a kernel since its boot, and a namespace of pids: containers share a host name and have all a
/// process 1, and a host that has booted again says nothing about its processes before. Empty if it is not known.</param>
internal sealed record ProcessIdentity(string Host, int Pid, long Start, string Space)
{
    public static ProcessIdentity Current { get; } = new(Environment.MachineName, Environment.ProcessId, FindStart(Environment.ProcessId) ?? 0, FindSpace());

    /// <summary>Whether the process is known to be dead: it ran here, and is no more. False if that cannot be told here.</summary>
    public bool IsDead => Space.Length > 0 && Start != 0 && string.Equals(Space, Current.Space, StringComparison.Ordinal) && FindStart(Pid) is var start && start != Start && start != 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {Pid} on {Host}");

    /// <summary>When a process started; null if there is none, 0 if there is one of which that is not known.</summary>
    private static long? FindStart(int pid)
    {
        try
        {
            return OperatingSystem.IsLinux() ? ReadStart(pid) : AskStart(pid);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has gone, or the system hides the processes of others.
            return Exists(pid) ? 0 : null;
        }
    }

    private static long? ReadStart(int pid)
    {
        // The name of the program stands in parentheses and may hold anything, also parentheses. After it come the state, and 19 further on the start.
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        // A zombie runs nothing any more: its parent has not asked yet how it ended.
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
