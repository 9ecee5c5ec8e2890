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
        timer.Set(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock; timers due by then fire, in their order.</summary>
    public void Advance(TimeSpan by) => _time.Advance(by);

    /// <summary>Moves the clock exactly to the next timer, which fires. False if none is set.</summary>
    public bool StepToNextTimer()
    {
        if (NextDue is not { } due)
            return false;
        _time.Advance(due > TimeSpan.Zero ? due : TimeSpan.FromTicks(1));
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

    private void Note(SteppedTimer timer, DateTimeOffset? due)
    {
        lock (_lock)
        {
            if (due is { } at)
                _pending[timer] = at;
            else
                _pending.Remove(timer);
            foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => _pending.Count >= w.Count))
                reached.TrySetResult();
            _waiting.RemoveAll(w => _pending.Count >= w.Count);
        }
    }

    private sealed class SteppedTimer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _timer;
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public void Set(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            time.Note(this, DueAt(dueTime));
            _timer = time._time.CreateTimer(Fire, null, dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            time.Note(this, DueAt(dueTime));
            return _timer!.Change(dueTime, period);
        }

        public void Dispose()
        {
            time.Note(this, null);
            _timer?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private DateTimeOffset? DueAt(TimeSpan dueTime) => dueTime == Timeout.InfiniteTimeSpan ? null : time.GetUtcNow() + dueTime;

        private void Fire(object? unused)
        {
            time.Note(this, _period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? null : time.GetUtcNow() + _period);
            callback(state);
        }
    }
}
