using System.Diagnostics;
using System.Globalization;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;

/// <summary>A run in the hands of another process, which does what it is told and can be stopped and killed.</summary>
internal sealed class OwnerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private OwnerProcess(Process process) => _process = process;

    public int Pid => _process.Id;

    public long Epoch { get; private set; }

    public static async Task<OwnerProcess> StartAsync(TestStore store, string runId = "run", int leaseSeconds = 30)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        const string name = "AntFlow.Dataflow.Checkpoints.PostgreSql.Owner";
        string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", name, configuration, $"{name}.dll"));
        File.Exists(program).ShouldBeTrue($"{program} is not built.");
        var owner = new OwnerProcess(Process.Start(new ProcessStartInfo("dotnet", [program, store.ConnectionString, store.Schema, runId, $"{leaseSeconds}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!);
        owner.Epoch = long.Parse(await owner.ReadAsync(), CultureInfo.InvariantCulture);
        return owner;
    }

    /// <summary>Tells it to do something; its answer.</summary>
    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await ReadAsync();
    }

    public Task StopAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>Kills it where it stands.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task<string> ReadAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System)
        ?? throw new InvalidOperationException("The owner has ended.");

    private async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{Pid}"]);
        await kill.WaitForExitAsync();
        kill.ExitCode.ShouldBe(0);
    }
}
