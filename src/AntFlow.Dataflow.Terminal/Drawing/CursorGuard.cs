using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Hides the cursor, and shows it again whatever happens: at the end, at Ctrl-C, when the process ends or breaks.</summary>
internal sealed class CursorGuard : IDisposable
{
    private readonly IAnsiConsole _console;
    private int _isHidden;

    public CursorGuard(IAnsiConsole console)
    {
        _console = console;
        Console.CancelKeyPress += OnCancelKey;
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
        Console.CancelKeyPress -= OnCancelKey;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        Show();
    }

    private void OnCancelKey(object? sender, ConsoleCancelEventArgs args) => Show();

    private void OnExit(object? sender, EventArgs args) => Show();

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs args) => Show();
}
