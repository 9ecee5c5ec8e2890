using System.Diagnostics;

namespace AntFlow.Dataflow.Terminal.Tests.Kit;

/// <summary>A real terminal: a program in a tmux server of its own, which ends with this object.</summary>
internal sealed class Tmux : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    private readonly string _socket = $"antflow-{Guid.NewGuid():N}";

    private Tmux()
    {
    }

    /// <summary>Why there is none here; null if there is.</summary>
    public static string? MissingBecause()
    {
        if (OperatingSystem.IsWindows())
            return "tmux is not to be had on Windows.";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "tmux")))
            ? null
            : "tmux is not installed: apt-get install tmux.";
    }

    /// <summary>What stands in the terminal once the program has ended, by itself or by a key.</summary>
    public const string Ended = "the program has ended";

    public static async Task<Tmux> StartAsync(int width, int height, string command)
    {
        var tmux = new Tmux();
        // The shell outlives Ctrl-C and Ctrl-\, and waits for a line that never comes: what the program leaves behind can be looked at, and nothing of the terminal is put back by others.
        await tmux.CallAsync("-f", "/dev/null", "new-session", "-d", "-x", $"{width}", "-y", $"{height}", $"trap : INT QUIT; {command}; echo {Ended}; read line");
        return tmux;
    }

    public Task PressAsync(params string[] keys) => CallAsync(["send-keys", .. keys]);

    public Task<string> CaptureAsync() => CallAsync("capture-pane", "-p");

    public async Task<bool> HasCursorAsync() => (await CallAsync("display-message", "-p", "#{cursor_flag}")).Trim() == "1";

    /// <summary>Looks at the pane until it shows what is wanted, or the deadline has passed.</summary>
    public async Task<string> WaitForAsync(Predicate<string> isThere, string what)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            string pane = await CaptureAsync();
            if (isThere(pane))
                return pane;
            if (Stopwatch.GetElapsedTime(begin) > _patience)
                throw new TimeoutException($"The terminal never showed {what}. It shows:\n{pane}");
            // The calls of tmux themselves are the pause between two looks.
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await CallAsync("kill-server");
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }
    }

    private async Task<string> CallAsync(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("tmux", ["-L", _socket, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"tmux {string.Join(' ', arguments)}: {await errors}");
    }
}
