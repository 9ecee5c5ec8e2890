using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace BatchApi;

/// <summary>
/// The local server, in a process of its own. It ends when its standard input closes: when this object is disposed, and also when this
/// process is killed, because the system then closes its end of the pipe.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Ready = "listening on ";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _complaints = new();

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <exception cref="ServerException">It did not start; the message contains its output.</exception>
    public static async Task<(ServerProcess Server, Uri Endpoint)> StartAsync(IReadOnlyList<string> args, TimeProvider time)
    {
        ProcessStartInfo start = Command(args);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        var server = new ServerProcess(new Process { StartInfo = start });
        var url = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        server._process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith(Ready, StringComparison.Ordinal) == true)
                url.TrySetResult(new Uri(line.Data[Ready.Length..]));
            else if (line.Data is null)
                url.TrySetException(new ServerException("it ended"));
        };
        server._process.ErrorDataReceived += (_, line) =>
        {
            lock (server._complaints)
                server._complaints.AppendLine(line.Data);
        };
        try
        {
            server._process.Start();
            server._process.BeginOutputReadLine();
            server._process.BeginErrorReadLine();
            return (server, await url.Task.WaitAsync(_patience, time));
        }
        catch (Exception error)
        {
            await server.DisposeAsync();
            throw new ServerException($"The server did not start ({error.Message}). It said: {server.Complaints()}", error);
        }
    }

    /// <summary>Runs only the server, with the standard output of this process, until it ends or this process is asked to end.</summary>
    public static async Task<int> ServeAsync(IReadOnlyList<string> args)
    {
        using var process = new Process { StartInfo = Command(args) };
        process.Start();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndIt);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndIt);
        await process.WaitForExitAsync();
        return process.ExitCode;

        void EndIt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            process.StandardInput.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It did not start.
        }

        _process.Dispose();
    }

    private string Complaints()
    {
        lock (_complaints)
            return _complaints.Length == 0 ? "nothing" : _complaints.ToString().Trim();
    }

    private static ProcessStartInfo Command(IReadOnlyList<string> args)
    {
        string server = Path.Combine(AppContext.BaseDirectory, "server", "BatchApi.Server.dll");
        if (!File.Exists(server))
            throw new ServerException($"'{server}' is missing; build examples/BatchApi, which puts it there.");
        return new ProcessStartInfo(DotNet(), ["exec", server, .. args, "--until-stdin-closes"]) { RedirectStandardInput = true, UseShellExecute = false };
    }

    // The dotnet that runs this process, not the one in PATH: .../dotnet for .../shared/Microsoft.NETCore.App/10.0.0/.
    private static string DotNet()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string ours = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(ours) ? ours : name;
    }
}

/// <summary>The local server cannot be started.</summary>
internal sealed class ServerException(string message, Exception? inner = null) : Exception(message, inner);
