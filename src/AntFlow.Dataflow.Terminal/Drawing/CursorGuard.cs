using System.Runtime.InteropServices;
using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Hides the cursor, and shows it again whatever happens: at the end, at a signal, when the process ends or breaks. Signals go on to whom they are for.</summary>
internal sealed class CursorGuard : IDisposable
{
    // Ctrl-C, Ctrl-\ (Ctrl-Break on Windows), kill, and a terminal that is closed. The process does not exit in an orderly way at these, and raises no event.
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
            // There are none, and none come.
        }
    }

    private void OnExit(object? sender, EventArgs args) => Show();

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs args) => Show();
}
