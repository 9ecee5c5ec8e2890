namespace AntFlow.Dataflow.TestKit;

/// <summary>A clock and timers that do what a test says, and nothing by themselves: a timer fires when it is told to, be it before the one who makes it has got it back, late,
/// twice, or after its end.</summary>
/// <remarks>The lock guards the list of timers. Hooks and callbacks run outside it, on the thread that calls.</remarks>
public sealed class ScriptedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ScriptedTimer> _timers = [];
    private long _now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>Called when a timer was made or changed, before whoever did so goes on. What it throws is what the timer throws.</summary>
    public Action<ScriptedTimer>? OnSet { get; set; }

    /// <summary>Called when a timer is disposed, before whoever does so goes on. What it throws is what the timer throws.</summary>
    public Action<ScriptedTimer>? OnDispose { get; set; }

    /// <summary>Called when the clock is read, before whoever does so goes on.</summary>
    public Action? OnRead { get; set; }

    /// <summary>All timers that were ever made, in this order.</summary>
    public IReadOnlyList<ScriptedTimer> Timers
    {
        get
        {
            lock (_lock)
                return [.. _timers];
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    public override long GetTimestamp()
    {
        OnRead?.Invoke();
        return Interlocked.Read(ref _now);
    }

    /// <summary>Moves the clock. No timer fires.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ScriptedTimer(this, callback, state);
        lock (_lock)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }
}
