using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>A clock that moves only when a test tells it to: give it to a pipeline (<c>WithTimeProvider</c>), and the delays of its retries, its timeouts and its times take no real time
/// and are the same in each run of the test.</summary>
/// <remarks>
/// <para>It begins at midnight (UTC) of 1 January 2026, and stands still. It moves to each timer that is due on its way, one after the other, so no timer is stepped over and each fires at its
/// time. A timer that is set to fire at once fires at once, on the thread that sets it.</para>
/// <para>All members may be called from any thread. Callbacks of timers run on the thread that moves the clock, with the AsyncLocals of the code that made the timer, and under no lock.
/// <b>The lock</b> guards the time and the timers: setting a timer and moving the clock never interleave.</para>
/// </remarks>
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

    /// <summary>How long it is until the next timer fires; null if none is set.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_lock)
                return _pending.Count == 0 ? null : _pending.Min(timer => timer.Due) - _now;
        }
    }

    /// <summary>Ticks of 100 ns: 10,000,000 a second.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, wherever the test runs.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock. The timers that are due by then fire in their order, each at its time, also those that are set by the callbacks of others.</summary>
    /// <param name="by">How far. Not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    /// <remarks>Use it where a known amount of time is to pass. What the callbacks set off runs on other threads and may set new timers only after this method has returned: then wait for
    /// it (<see cref="WhenPendingAsync"/>) and move the clock again.</remarks>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target = GetUtcNow() + by;
        while (TryTakeDue(target, out SteppedTimer? due))
            due!.Call();
        lock (_lock)
            _now = _now > target ? _now : target;
    }

    /// <summary>Moves the clock to the next timer, which fires, together with all that are due at the same time.</summary>
    /// <returns>Whether there was a timer; if there was none, the clock stands still.</returns>
    public bool StepToNextTimer() => StepToNextTimer(DateTimeOffset.MaxValue);

    /// <summary>Moves the clock to the next timer as <see cref="StepToNextTimer()"/> does, if that is due soon.</summary>
    /// <param name="within">How far the clock may go.</param>
    /// <returns>Whether a timer was due within that; if none was, the clock stands still.</returns>
    public bool StepToNextTimer(TimeSpan within) => StepToNextTimer(GetUtcNow() + within);

    private bool StepToNextTimer(DateTimeOffset latest)
    {
        // Looking for it and moving the clock is one step: a timer that is set anew in between must not leave the clock where nothing fires.
        if (!TryTakeDue(latest, out SteppedTimer? due))
            return false;
        DateTimeOffset target = due!.FiredAt;
        do
            due!.Call();
        while (TryTakeDue(target, out due));
        return true;
    }

    /// <summary>Waits until at least so many timers are set: the way to know that so many bodies sleep, or so many items wait for their next attempt. At most for
    /// <see cref="Waiting.Patience"/>.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Ends once they are set.</returns>
    /// <exception cref="TimeoutException">They were not set in time.</exception>
    public Task WhenPendingAsync(int count)
    {
        lock (_lock)
        {
            if (_pending.Count >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.InTime(string.Create(CultureInfo.InvariantCulture, $"{count} timers are set"));
        }
    }

    /// <summary>Steps the clock from timer to timer until a task has ended: the way to run a whole pipeline with its retries. At most for <see cref="Waiting.Patience"/>.</summary>
    /// <typeparam name="T">What the task returns.</typeparam>
    /// <param name="task">The task, such as that of <c>RunAsync</c>.</param>
    /// <returns>What the task returns.</returns>
    /// <exception cref="TimeoutException">The task has not ended in time, however far the clock was stepped.</exception>
    /// <remarks>It steps as soon as a timer is set and does not wait for others. Where several bodies sleep and their order counts, wait for all of them with
    /// <see cref="WhenPendingAsync"/>, and step by hand.</remarks>
    public async Task<T> DriveAsync<T>(Task<T> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        long deadline = Environment.TickCount64 + (long)Waiting.Patience.TotalMilliseconds;
        while (!task.IsCompleted)
        {
            if (Environment.TickCount64 > deadline)
                throw new TimeoutException("The task did not end, however far the clock was stepped.");
            StepToNextTimer();
            await Task.Yield();
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>Waits until the next timer is due after so many seconds, and moves the clock there: the way to step to a timer that is known, past which the clock must not go. At most for
    /// <see cref="Waiting.Patience"/>.</summary>
    /// <param name="seconds">How many seconds from now, to the millisecond.</param>
    /// <returns>Ends once the timer has fired.</returns>
    /// <exception cref="TimeoutException">No such timer was the next one in time.</exception>
    public async Task StepAsync(double seconds)
    {
        await Waiting.UntilAsync(
            () => NextDue is { } due && Math.Abs(due.TotalSeconds - seconds) < 0.001, string.Create(CultureInfo.InvariantCulture, $"the next timer is due in {seconds} s")).ConfigureAwait(false);
        StepToNextTimer();
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
        private bool _isDisposed;

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset FiredAt { get; set; }

        public long Order { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            using (Lock.Scope held = time._lock.EnterScope())
            {
                if (_isDisposed)
                    return false;
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
            {
                _isDisposed = true;
                time._pending.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
