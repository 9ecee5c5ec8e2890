using System.Diagnostics;

namespace AntFlow.Dataflow.TestKit;

/// <summary>Programs run as a user runs them: each as a process of its own, with nothing to read.</summary>
public static class Programs
{
    /// <summary>Runs a built program to its end; kills it if the token is canceled.</summary>
    public static Task<(int Code, string Output, string Errors)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(new ProcessStartInfo("dotnet", [program, .. arguments]), cancellationToken);

    /// <summary>Runs any program to its end; kills it, and what it has started, if the token is canceled.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
