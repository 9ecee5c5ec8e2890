using Microsoft.Extensions.Time.Testing;

namespace AntFlow.Dataflow.TestKit;

/// <summary>A clock that moves only when told to, and only as far as the next timer: nothing is ever stepped over.</summary>
public sealed class SteppedTime : TimeProvider
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Lock _lock = new();
    private readonly Dictionary<SteppedTimer, DateTimeOffset> _pending = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];

    /// <summary>How many timers are set and have not fired.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>How long until the next timer fires; null if none is set.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_lock)
                return _pending.Count == 0 ? null : _pending.Values.Min() - GetUtcNow();
        }
    }

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => _time.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

    public override long GetTimestamp() => _time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock; timers due by then fire, in their order.</summary>
    public void Advance(TimeSpan by)
    {
        _time.Advance(by);
        // A thread that was just setting a timer fires the due ones in our place: they have not fired yet, but they will at once.
        SpinWait.SpinUntil(() => !IsAnyDue(), TimeSpan.FromSeconds(30));
    }

    /// <summary>Moves the clock exactly to the next timer, which fires. False if none is set.</summary>
    public bool StepToNextTimer()
    {
        if (NextDue is not { } due)
            return false;
        Advance(due > TimeSpan.Zero ? due : TimeSpan.FromTicks(1));
        return true;
    }

    /// <summary>Waits until so many timers are set: the way to know that so many bodies are asleep.</summary>
    public Task WhenPendingAsync(int count)
    {
        lock (_lock)
        {
            if (_pending.Count >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    private bool IsAnyDue()
    {
        DateTimeOffset now = GetUtcNow();
        lock (_lock)
            return _pending.Values.Any(due => due <= now);
    }

    private void NoteNeedsLock(SteppedTimer timer, DateTimeOffset? due)
    {
        if (due is { } at)
            _pending[timer] = at;
        else
            _pending.Remove(timer);
        foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => _pending.Count >= w.Count))
            reached.TrySetResult();
        _waiting.RemoveAll(w => _pending.Count >= w.Count);
    }

    private sealed class SteppedTimer : ITimer
    {
        private readonly SteppedTime _time;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _timer;
        private TimeSpan _period = Timeout.InfiniteTimeSpan;
        private long _set;
        private long _fired;

        public SteppedTimer(SteppedTime time, TimerCallback callback, object? state)
        {
            _time = time;
            _callback = callback;
            _state = state;
            _timer = time._time.CreateTimer(Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            long set;
            lock (_time._lock)
            {
                set = ++_set;
                _period = period;
            }

            DateTimeOffset? due = dueTime == Timeout.InfiniteTimeSpan ? null : _time.GetUtcNow() + dueTime;
            bool isChanged = _timer.Change(dueTime, period);
            // Only now: whoever waits for this timer to be set steps to it at once. It may have fired already.
            lock (_time._lock)
            {
                if (_set == set && _fired != set)
                    _time.NoteNeedsLock(this, due);
            }

            return isChanged;
        }

        public void Dispose()
        {
            lock (_time._lock)
            {
                _set++;
                _time.NoteNeedsLock(this, null);
            }

            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire(object? unused)
        {
            lock (_time._lock)
            {
                _fired = _set;
                _time.NoteNeedsLock(this, _period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? null : _time.GetUtcNow() + _period);
            }

            _callback(_state);
        }
    }
}
