using System.Runtime.InteropServices;

namespace BatchApi.Server;

/// <summary>
/// Decides when the server ends. A server that another process started ends with that process, even if it is killed: its standard input is
/// a pipe, and the system closes it. Ctrl-C in a terminal reaches both processes; then the starter decides, because it may still need answers.
/// </summary>
internal sealed class ServerLifetime(ServerOptions options, IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private PosixSignalRegistration? _interrupt;
    private PosixSignalRegistration? _terminate;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => OnSignal(signal, stops: !options.UntilStdinCloses));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => OnSignal(signal, stops: true));
        if (options.UntilStdinCloses)
            _ = Task.Run(WatchInputAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _interrupt?.Dispose();
        _terminate?.Dispose();
    }

    private void OnSignal(PosixSignalContext signal, bool stops)
    {
        signal.Cancel = true;
        if (stops)
            application.StopApplication();
    }

    private async Task WatchInputAsync()
    {
        await using Stream input = Console.OpenStandardInput();
        byte[] ignored = new byte[256];
        while (await input.ReadAsync(ignored) > 0)
        {
        }

        application.StopApplication();
    }
}
