using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Polls for keys twenty times a second. It never waits for a key: a waiting thread cannot be canceled, and would take the first key from the next reader.</summary>
/// <remarks>Ticks never overlap: a tick that is due while another one runs is skipped.</remarks>
internal sealed class KeyLoop : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);

    private readonly IAnsiConsoleInput _input;
    private readonly Action<ConsoleKeyInfo> _onKey;
    private readonly Action _onTick;
    private readonly ITimer _timer;
    private int _isBusy;
    private volatile bool _isOver;

    /// <param name="input">The source of keys.</param>
    /// <param name="time">Real time.</param>
    /// <param name="onKey">Called for each key.</param>
    /// <param name="onTick">Called after the keys, at every tick.</param>
    public KeyLoop(IAnsiConsoleInput input, TimeProvider time, Action<ConsoleKeyInfo> onKey, Action onTick)
    {
        _input = input;
        _onKey = onKey;
        _onTick = onTick;
        _timer = time.CreateTimer(static loop => ((KeyLoop)loop!).Tick(), this, _interval, _interval);
    }

    public void Dispose()
    {
        _isOver = true;
        _timer.Dispose();
    }

    private ConsoleKeyInfo? Read()
    {
        try
        {
            return _input.IsKeyAvailable() ? _input.ReadKey(intercept: true) : null;
        }
        catch (Exception)
        {
            // The console is no longer available: the run continues without keys.
            Dispose();
            return null;
        }
    }

    private void Tick()
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            return;
        try
        {
            while (!_isOver && Read() is { } key)
                _onKey(key);
            if (!_isOver)
                _onTick();
        }
        catch (Exception)
        {
            // A frame has failed: the next update of the display reports it to the run, and a user that has paused the run must still be able to resume it.
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }
}
