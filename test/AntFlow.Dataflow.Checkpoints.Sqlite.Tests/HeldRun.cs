using System.Diagnostics;
using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>A run in the hands of another process, which writes to it until it is killed.</summary>
internal sealed class HeldRun : IDisposable
{
    private readonly Process _process;

    private HeldRun(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public long Epoch { get; private set; }

    /// <summary>The last batch of which the process has said that it was written; read until it ended.</summary>
    public int Written { get; private set; } = -1;

    public static async Task<HeldRun> StartAsync(string database, string runId, int marks)
    {
        string program = typeof(HeldRun).Assembly.Location.Replace("Sqlite.Tests", "Sqlite.Tests.Holder", StringComparison.Ordinal);
        var held = new HeldRun(Process.Start(new ProcessStartInfo("dotnet", [program, database, runId, marks.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!);
        string said = await held._process.StandardOutput.ReadLineAsync().InTime() ?? throw new InvalidOperationException("The holder has ended.");
        held.Epoch = long.Parse(said.Split(' ')[1], CultureInfo.InvariantCulture);
        return held;
    }

    /// <summary>Waits until so many batches were written.</summary>
    public async Task WrittenAsync(int batches)
    {
        while (Written < batches && await _process.StandardOutput.ReadLineAsync().InTime() is { } line)
            Written = int.Parse(line, CultureInfo.InvariantCulture);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().InTime();
        while (await _process.StandardOutput.ReadLineAsync().InTime() is { } line)
        {
            // The last line may be cut.
            if (int.TryParse(line, CultureInfo.InvariantCulture, out int number) && number == Written + 1)
                Written = number;
        }
    }

    public async Task StopAsync() => await SignalAsync("-STOP");

    public async Task GoOnAsync() => await SignalAsync("-CONT");

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [signal, ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().InTime();
    }
}
