using System.Diagnostics;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests.Lives;

/// <summary>The process of one life.</summary>
internal sealed class JobProcess : IDisposable
{
    private const string Name = "AntFlow.Dataflow.CrashTests.Job";

    private readonly Process _process;
    private readonly Task<string> _errors;
    private bool _isAtEnd;

    private JobProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static JobProcess Start(IEnumerable<string> settings)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", Name, configuration, $"{Name}.dll"));
        File.Exists(program).ShouldBeTrue($"{program} is not built.");
        return new JobProcess(Process.Start(new ProcessStartInfo("dotnet", [program, .. settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!);
    }

    /// <summary>Reads lines of the ledger until one is right.</summary>
    /// <returns>Whether one came before the process ended.</returns>
    public async Task<bool> ReadUntilAsync(Func<string, bool> isRight)
    {
        while (!_isAtEnd)
        {
            if (await _process.StandardOutput.ReadLineAsync().InTime() is not { } line)
                _isAtEnd = true;
            else if (isRight(line))
                return true;
        }

        return false;
    }

    public Task KillAsync()
    {
        _process.Kill();
        return Task.CompletedTask;
    }

    /// <summary>Asks it to end. It may have ended by itself.</summary>
    public async Task TryTerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().InTime();
    }

    /// <summary>Whether it is stopped; on systems that cannot tell, it is believed to be.</summary>
    public bool IsStopped => !OperatingSystem.IsLinux() || (File.Exists($"/proc/{_process.Id}/stat") && File.ReadAllText($"/proc/{_process.Id}/stat").Contains(") T ", StringComparison.Ordinal));

    public async Task StopAsync()
    {
        await SignalAsync("-STOP");
        await Waiting.UntilAsync(() => IsStopped);
    }

    public Task ContinueAsync() => SignalAsync("-CONT");

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync().InTime();
        kill.ExitCode.ShouldBe(0);
    }

    /// <summary>Says that held bodies may go on.</summary>
    public Task LetGoAsync() => OrderAsync("go");

    /// <summary>Tells it to end in some way: see <c>Orders</c>. It may end before it has read that it should.</summary>
    public async Task OrderAsync(string order)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(order);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Waits for its end: it ends itself, and says why, if its run does not.</summary>
    public async Task<(int Code, string Errors)> EndAsync()
    {
        try
        {
            await ReadUntilAsync(_ => false);
            await _process.WaitForExitAsync().InTime();
            return (_process.ExitCode, await _errors.InTime());
        }
        finally
        {
            if (!_process.HasExited)
                _process.Kill();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
