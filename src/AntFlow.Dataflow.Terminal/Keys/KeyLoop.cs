using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Looks for keys twenty times a second. Never waits for one: a thread that does cannot be called back, and would take the first key of whoever reads next.</summary>
/// <remarks>Ticks never overlap: one that comes while another is at work is left out.</remarks>
internal sealed class KeyLoop : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);

    private readonly IAnsiConsoleInput _input;
    private readonly Action<ConsoleKeyInfo> _onKey;
    private readonly Action _onTick;
    private readonly ITimer _timer;
    private int _isBusy;
    private volatile bool _isOver;

    /// <param name="input">Where keys come from.</param>
    /// <param name="time">Real time.</param>
    /// <param name="onKey">Called for each key.</param>
    /// <param name="onTick">Called after the keys, every time.</param>
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
            // A console that has gone: the run goes on without keys.
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
            // A frame that failed: the next update of the display tells the run what is wrong, and whoever has paused must be able to go on.
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }
}
