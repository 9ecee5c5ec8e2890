namespace AntFlow.Dataflow.TestKit;

/// <summary>A timer of <see cref="ScriptedTime"/>.</summary>
public sealed class ScriptedTimer : ITimer
{
    private readonly ScriptedTime _time;
    private readonly TimerCallback _callback;
    private readonly object? _state;

    internal ScriptedTimer(ScriptedTime time, TimerCallback callback, object? state)
    {
        _time = time;
        _callback = callback;
        _state = state;
    }

    /// <summary>What it is set to, counted from when it was set; null if it is not.</summary>
    public TimeSpan? Due { get; private set; }

    /// <summary>How often it was set, its making included.</summary>
    public int Settings { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Calls its callback, whatever the timer is set to, also after its end: a callback may have been on its way already. The setting is used up.</summary>
    public void GoOff()
    {
        Due = null;
        _callback(_state);
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        Due = dueTime < TimeSpan.Zero ? null : dueTime;
        Settings++;
        _time.OnSet?.Invoke(this);
        return !IsDisposed;
    }

    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        Due = null;
        _time.OnDispose?.Invoke(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
