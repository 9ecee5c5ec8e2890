using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace BatchApi.Tests;

/// <summary>The programs as they were built, beside us: artifacts/bin/BatchApi/release for .../BatchApi.Tests/release.</summary>
internal static class Programs
{
    private static readonly string _configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    public static string Client { get; } =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "BatchApi", _configuration, "BatchApi.dll"));

    /// <summary>The copy that the client starts.</summary>
    public static string Server { get; } = Path.Combine(Path.GetDirectoryName(Client)!, "server", "BatchApi.Server.dll");
}

/// <summary>A process of ours with its output, killed when the test is over whatever happened.</summary>
internal sealed partial class RunningProgram : IAsyncDisposable
{
    public const int Interrupt = 2, Kill = 9;

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<(string Text, TaskCompletionSource<string> Seen)> _awaited = [];

    private RunningProgram(Process process) => _process = process;

    public int Id => _process.Id;

    public string Output => Locked(() => _output.ToString());

    public string Errors => Locked(() => _errors.ToString());

    public static RunningProgram Start(string dll, IEnumerable<string> args, params IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", dll, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Whoever runs the tests may have a key; nothing here may ever use it.
        start.Environment.Remove(ClientOptions.KeyVariable);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        var program = new RunningProgram(new Process { StartInfo = start });
        program._process.OutputDataReceived += (_, line) => program.OnOutput(line.Data);
        program._process.ErrorDataReceived += (_, line) => program.Locked(() => program._errors.AppendLine(line.Data).Length);
        program._process.Start();
        program._process.BeginOutputReadLine();
        program._process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string dll, IEnumerable<string> args, CancellationToken ct)
    {
        await using RunningProgram program = Start(dll, args);
        int exitCode = await program.ExitAsync(ct);
        return (exitCode, program.Output, program.Errors);
    }

    /// <summary>The first line of its standard output that has <paramref name="text"/> in it.</summary>
    public Task<string> LineAsync(string text, CancellationToken ct)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            string? line = _output.ToString().Split(Environment.NewLine).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
            if (line is not null)
                return Task.FromResult(line);
            _awaited.Add((text, seen));
        }

        return seen.Task.WaitAsync(ct);
    }

    public async Task<int> ExitAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return _process.ExitCode;
    }

    public void Signal(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} did not reach process {_process.Id}.");
    }

    public void CloseInput() => _process.StandardInput.Close();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void OnOutput(string? line)
    {
        lock (_lock)
        {
            _output.AppendLine(line);
            foreach ((string text, TaskCompletionSource<string> seen) in _awaited)
            {
                if (line is null)
                    seen.TrySetException(new InvalidOperationException($"It ended without a line with '{text}'. It wrote: {_output} {_errors}"));
                else if (line.Contains(text, StringComparison.Ordinal))
                    seen.TrySetResult(line);
            }
        }
    }

    private T Locked<T>(Func<T> get)
    {
        lock (_lock)
            return get();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
