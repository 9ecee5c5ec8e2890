using System.Globalization;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing;

/// <summary>A clock that moves only when the test moves it. Give it to a pipeline (<c>WithTimeProvider</c>): its retry delays, timeouts and timestamps then take no real time
/// and are the same in each run of the test.</summary>
/// <remarks>
/// <para>The clock starts at midnight (UTC) of 1 January 2026 and stands still. When you move it, it stops at each timer that is due on the way, one after the other, so no timer is skipped
/// and each fires at its time. A timer with a due time of zero fires at once, on the thread that sets it.</para>
/// <para>All members may be called from any thread, but only one thread should move the clock at a time. Two concurrent moves do not add up: each moves the clock to its own target, so
/// two calls of <see cref="Advance"/> by one second may move the clock by one second. Callbacks of timers run on the thread that moves the clock, with the AsyncLocals of the code that
/// created the timer, and under no lock.</para>
/// <para>Timers accept the same due times and periods as those of <see cref="TimeProvider.System"/>: infinite, or from zero to about 49.7 days (2^32 - 2 milliseconds). Other values throw
/// an <see cref="ArgumentOutOfRangeException"/>. They are not rounded to milliseconds.</para>
/// <para><b>The lock</b> guards the time and the timers: setting a timer and moving the clock never interleave.</para>
/// </remarks>
public sealed class SteppedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<SteppedTimer> _pending = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _order;

    /// <summary>Gets how many timers are set and have not fired.</summary>
    public int PendingTimerCount
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>Gets the time until the next timer fires; null if no timer is set.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_lock)
                return _pending.Count == 0 ? null : _pending.Min(timer => timer.Due) - _now;
        }
    }

    /// <summary>Gets the resolution of timestamps: ticks of 100 ns, 10,000,000 a second.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Gets UTC, wherever the test runs.</summary>
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
        SteppedTimer.ThrowIfUnfit(dueTime, period);
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock. All timers that become due fire in their order, each at its time, including timers that are set by the callbacks of others.</summary>
    /// <param name="by">The distance. Not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    /// <remarks>Use it when a known amount of time is to pass. Code that a callback starts runs on other threads and may set new timers only after this method has returned: in that case wait for
    /// the timers (<see cref="WhenPendingAsync"/>) and move the clock again.</remarks>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target = GetUtcNow() + by;
        while (TryTakeDue(target, goesOn: true) is { } due)
            due.Timer.Call();
    }

    /// <summary>Moves the clock to the next timer and fires it, together with all timers that are due at the same time.</summary>
    /// <returns>Whether there was a timer; without one, the clock stands still.</returns>
    public bool StepToNextTimer() => StepToNextTimer(DateTimeOffset.MaxValue);

    /// <summary>Moves the clock to the next timer as <see cref="StepToNextTimer()"/> does, if the timer is due soon.</summary>
    /// <param name="within">The greatest distance the clock may move.</param>
    /// <returns>Whether a timer was due within that time; otherwise, the clock stands still.</returns>
    public bool StepToNextTimer(TimeSpan within) => StepToNextTimer(GetUtcNow() + within);

    private bool StepToNextTimer(DateTimeOffset latest)
    {
        // Looking for the timer and moving the clock is one step: if the timer were reset in between, the clock would stop where nothing fires.
        if (TryTakeDue(latest, goesOn: false) is not { } first)
            return false;
        FireFrom(first);
        return true;
    }

    /// <summary>Fires a timer that was taken, and all other timers that are due by its time.</summary>
    private void FireFrom(Taken first)
    {
        first.Timer.Call();
        while (TryTakeDue(first.At, goesOn: false) is { } next)
            next.Timer.Call();
    }

    /// <summary>Waits until at least the given number of timers are set. Use it to know that so many bodies are in a delay, or that so many items wait for their next attempt. Waits at most
    /// for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="count">The number of timers.</param>
    /// <returns>A task that completes once the timers are set.</returns>
    /// <exception cref="TimeoutException">The timers were not set in time.</exception>
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

    /// <summary>Steps the clock from timer to timer until a task has completed. Use it to run a whole pipeline with its retries. Waits at most for <see cref="Waiting.Patience"/>.</summary>
    /// <typeparam name="T">The type of the task's result.</typeparam>
    /// <param name="task">The task, for example the one that <c>RunAsync</c> returns.</param>
    /// <param name="what">The text for the message of a timeout. Default: the expression that was passed as the task.</param>
    /// <returns>The result of the task.</returns>
    /// <exception cref="TimeoutException">The task has not completed in time, however far the clock was stepped. The message lists the timers that are set.</exception>
    /// <remarks>
    /// <para>It steps as soon as a timer is set and does not wait for others. If several bodies are in a delay and their order matters, wait for all of them with
    /// <see cref="WhenPendingAsync"/>, and step the clock yourself.</para>
    /// <para>Use it for pipelines that wait for nothing but this clock. It cannot distinguish running work from work that hangs: while a body does real I/O, the only timer that is set may be
    /// the one of its timeout (<see cref="StageOptions{TIn}.AttemptTimeout"/>, <see cref="StageOptions{TIn}.ItemTimeout"/>), and stepping to it fails the attempt with an
    /// <see cref="AttemptTimeoutException"/> although almost no time has passed. Do not use it for runs with a display (<see cref="RunOptions.Display"/>) either: it would step through the ticks
    /// of <see cref="RunOptions.UpdateInterval"/> without end, and past the time for which the run waits for the display. In these cases, move the clock yourself.</para>
    /// </remarks>
    public Task<T> DriveAsync<T>(Task<T> task, [CallerArgumentExpression(nameof(task))] string? what = null) => DriveAsync(task, Waiting.Patience, what);

    /// <summary>Does the same with a given limit.</summary>
    internal async Task<T> DriveAsync<T>(Task<T> task, TimeSpan patience, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!task.IsCompleted)
        {
            if (Environment.TickCount64 >= deadline)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Has not ended within {patience.TotalSeconds} s, however far the clock was stepped: {what}. {DescribePending()}"));
            StepToNextTimer();
            await Task.Yield();
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>Waits until the next timer is due in the given number of seconds, and moves the clock there. Use it to step to a known timer when the clock must not move past it. Waits at most
    /// for <see cref="Waiting.Patience"/>.</summary>
    /// <param name="seconds">The number of seconds from now, to the millisecond.</param>
    /// <returns>A task that completes once the timer has fired.</returns>
    /// <exception cref="TimeoutException">No such timer became the next one in time.</exception>
    public async Task StepAsync(double seconds)
    {
        Taken? taken = null;
        await Waiting.UntilAsync(
            () => (taken = TryTakeNext(seconds)) is not null, string.Create(CultureInfo.InvariantCulture, $"the next timer is due in {seconds} s")).ConfigureAwait(false);
        FireFrom(taken!.Value);
    }

    /// <summary>Takes the first timer that is due by the target time, and moves the clock to its time. If there is none and <c>goesOn</c> is set, moves the clock to the target in the same step,
    /// so that a timer that is set meanwhile is due after it.</summary>
    private Taken? TryTakeDue(DateTimeOffset target, bool goesOn)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            if (First(held) is { } first && first.Due <= target)
                return Take(first, held);
            if (goesOn && target > _now)
                _now = target;
            return null;
        }
    }

    /// <summary>Takes the first timer if it is due in the given number of seconds. Looking and taking are one step, so no other timer is taken instead.</summary>
    private Taken? TryTakeNext(double seconds)
    {
        using (Lock.Scope held = _lock.EnterScope())
            return First(held) is { } first && Math.Abs((first.Due - _now).TotalSeconds - seconds) < 0.001 ? Take(first, held) : null;
    }

    private SteppedTimer? First(in Lock.Scope held) => _pending.MinBy(timer => (timer.Due, timer.Order));

    private Taken Take(SteppedTimer timer, in Lock.Scope held)
    {
        _now = timer.Due > _now ? timer.Due : _now;
        var taken = new Taken(timer, _now);
        _pending.Remove(timer);
        if (timer.Period > TimeSpan.Zero)
            Add(timer, timer.Period, held);
        return taken;
    }

    private string DescribePending()
    {
        lock (_lock)
        {
            return _pending.Count == 0
                ? "No timer is set."
                : string.Create(CultureInfo.InvariantCulture, $"Timers that are set: {_pending.Count}, the next one due in {_pending.Min(timer => timer.Due) - _now}.");
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

    /// <summary>A timer that is to fire, and the time at which it fires.</summary>
    private readonly record struct Taken(SteppedTimer Timer, DateTimeOffset At);

    private sealed class SteppedTimer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private bool _isDisposed;

        public DateTimeOffset Due { get; set; }

        public long Order { get; set; }

        public TimeSpan Period { get; private set; }

        public static void ThrowIfUnfit(TimeSpan dueTime, TimeSpan period)
        {
            ThrowIfUnfit(dueTime, nameof(dueTime));
            ThrowIfUnfit(period, nameof(period));
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ThrowIfUnfit(dueTime, period);
            // As with system timers, a value less than a millisecond below zero is zero, and a value up to a millisecond below that is infinite.
            bool isDueNow = dueTime <= TimeSpan.Zero && Milliseconds(dueTime) == 0;
            using (Lock.Scope held = time._lock.EnterScope())
            {
                if (_isDisposed)
                    return false;
                time._pending.Remove(this);
                // Infinite is below zero.
                Period = period;
                if (dueTime > TimeSpan.Zero || (isDueNow && period > TimeSpan.Zero))
                    time.Add(this, dueTime > TimeSpan.Zero ? dueTime : period, held);
            }

            if (isDueNow)
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

        private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

        private static void ThrowIfUnfit(TimeSpan time, string name)
        {
            if (Milliseconds(time) is < -1 or > uint.MaxValue - 1)
                throw new ArgumentOutOfRangeException(name, time, "It must be infinite, or from zero to 4294967294 milliseconds.");
        }
    }
}
