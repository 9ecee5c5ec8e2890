namespace AntFlow.Dataflow.TestKit;

/// <summary>A clock that moves only when told to, and only as far as the next timer: nothing is ever stepped over.</summary>
/// <remarks>The lock guards the time and the timers: setting a timer and moving the clock never interleave, so what is known of a timer is what it is set to. Callbacks run
/// outside the lock, on the thread that moves the clock, or that sets a timer which is due at once.</remarks>
public sealed class SteppedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<SteppedTimer> _pending = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _order;

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
                return _pending.Count == 0 ? null : _pending.Min(timer => timer.Due) - _now;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock; timers due by then fire, in their order, each at its time.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset target = GetUtcNow() + by;
        while (TryTakeDue(target, out SteppedTimer? due))
            due!.Call();
        lock (_lock)
            _now = _now > target ? _now : target;
    }

    /// <summary>Moves the clock exactly to the next timer, which fires. False if none is set.</summary>
    public bool StepToNextTimer()
    {
        // Looking for it and moving the clock is one step: a timer that is set anew in between must not leave the clock where nothing fires.
        if (!TryTakeDue(DateTimeOffset.MaxValue, out SteppedTimer? due))
            return false;
        DateTimeOffset target = due!.FiredAt;
        do
            due!.Call();
        while (TryTakeDue(target, out due));
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
            return reached.Task.WaitAsync(Waiting.Patience);
        }
    }

    /// <summary>Takes the first timer due by then, and moves the clock to its time.</summary>
    private bool TryTakeDue(DateTimeOffset target, out SteppedTimer? due)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            due = _pending.Where(timer => timer.Due <= target).MinBy(timer => (timer.Due, timer.Order));
            if (due is null)
                return false;
            _now = due.Due > _now ? due.Due : _now;
            due.FiredAt = _now;
            _pending.Remove(due);
            if (due.Period > TimeSpan.Zero)
                Add(due, due.Period, held);
            return true;
        }
    }

    private void Add(SteppedTimer timer, TimeSpan dueTime, in Lock.Scope held)
    {
        timer.Due = _now + dueTime;
        timer.Order = _order++;
        _pending.Add(timer);
        foreach ((_, TaskCompletionSource reached) in _waiting.Where(w => _pending.Count >= w.Count))
            reached.TrySetResult();
        _waiting.RemoveAll(w => _pending.Count >= w.Count);
    }

    private sealed class SteppedTimer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset FiredAt { get; set; }

        public long Order { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            using (Lock.Scope held = time._lock.EnterScope())
            {
                time._pending.Remove(this);
                // Infinite is below zero.
                Period = period;
                if (dueTime > TimeSpan.Zero || (dueTime == TimeSpan.Zero && period > TimeSpan.Zero))
                    time.Add(this, dueTime > TimeSpan.Zero ? dueTime : period, held);
            }

            if (dueTime == TimeSpan.Zero)
                Call();
            return true;
        }

        public void Call()
        {
            if (_context is null)
                callback(state);
            else
                ExecutionContext.Run(_context, _ => callback(state), null);
        }

        public void Dispose()
        {
            using (Lock.Scope held = time._lock.EnterScope())
                time._pending.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
