using System.Runtime.InteropServices;
using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Hides the cursor, and always shows it again: at the end, at a signal, and when the process ends or crashes. It does not cancel signals.</summary>
internal sealed class CursorGuard : IDisposable
{
    // Ctrl-C, Ctrl-\ (Ctrl-Break on Windows), kill, and a closed terminal. With these signals the process exits without raising an event.
    private static readonly PosixSignal[] _signals = [PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private readonly IAnsiConsole _console;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _isHidden;

    public CursorGuard(IAnsiConsole console)
    {
        _console = console;
        Listen();
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        Hide();
    }

    public void Hide()
    {
        if (Interlocked.Exchange(ref _isHidden, 1) == 0)
            _console.WriteAnsi(writer => writer.HideCursor());
    }

    public void Show()
    {
        if (Interlocked.Exchange(ref _isHidden, 0) == 1)
            _console.WriteAnsi(writer => writer.ShowCursor());
    }

    public void Dispose()
    {
        _registrations.ForEach(static registration => registration.Dispose());
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        Show();
    }

    private void Listen()
    {
        try
        {
            foreach (PosixSignal signal in _signals)
                _registrations.Add(PosixSignalRegistration.Create(signal, _ => Show()));
        }
        catch (PlatformNotSupportedException)
        {
            // There are no signals, and none will arrive.
        }
    }

    private void OnExit(object? sender, EventArgs args) => Show();

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs args) => Show();
}
