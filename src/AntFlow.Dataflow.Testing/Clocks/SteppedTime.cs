using System.Globalization;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing;

/// <summary>A clock that moves only when a test tells it to: give it to a pipeline (<c>WithTimeProvider</c>), and the delays of its retries, its timeouts and its times take no real time
/// and are the same in each run of the test.</summary>
/// <remarks>
/// <para>It begins at midnight (UTC) of 1 January 2026, and stands still. It moves to each timer that is due on its way, one after the other, so no timer is stepped over and each fires at its
/// time. A timer that is set to fire at once fires at once, on the thread that sets it.</para>
/// <para>All members may be called from any thread, but one thread moves the clock at a time: of two that do so at once, each goes where it would have gone alone, so that two calls of
/// <see cref="Advance"/> by one second may move the clock by one second. Callbacks of timers run on the thread that moves the clock, with the AsyncLocals of the code that made the timer, and under no lock.</para>
/// <para>Timers take the due times and periods that those of <see cref="TimeProvider.System"/> take: infinite, or from zero to about 49.7 days (2^32 - 2 milliseconds). Other ones throw
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
        SteppedTimer.ThrowIfUnfit(dueTime, period);
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
        while (TryTakeDue(target, goesOn: true) is { } due)
            due.Timer.Call();
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
        if (TryTakeDue(latest, goesOn: false) is not { } first)
            return false;
        FireFrom(first);
        return true;
    }

    /// <summary>Fires a timer that was taken, and all others that are due by its time.</summary>
    private void FireFrom(Taken first)
    {
        first.Timer.Call();
        while (TryTakeDue(first.At, goesOn: false) is { } next)
            next.Timer.Call();
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
    /// <param name="what">What is waited for, for the message. Default: the expression the task was given as.</param>
    /// <returns>What the task returns.</returns>
    /// <exception cref="TimeoutException">The task has not ended in time, however far the clock was stepped. The message says which timers are set.</exception>
    /// <remarks>
    /// <para>It steps as soon as a timer is set and does not wait for others. Where several bodies sleep and their order counts, wait for all of them with
    /// <see cref="WhenPendingAsync"/>, and step by hand.</para>
    /// <para>It is for pipelines that wait for nothing but this clock. It cannot tell work that is running from work that hangs: while a body does real I/O, the only timer that is set may be that
    /// of its timeout (<see cref="StageOptions{TIn}.AttemptTimeout"/>, <see cref="StageOptions{TIn}.ItemTimeout"/>), and stepping to it fails the attempt with an
    /// <see cref="AttemptTimeoutException"/> though next to no time has passed. Nor is it for runs with a display (<see cref="RunOptions.Display"/>): it steps through the ticks of
    /// <see cref="RunOptions.UpdateInterval"/> without end, and past the time for which the run waits for the display. Move the clock by hand there.</para>
    /// </remarks>
    public Task<T> DriveAsync<T>(Task<T> task, [CallerArgumentExpression(nameof(task))] string? what = null) => DriveAsync(task, Waiting.Patience, what);

    /// <summary>The same with a patience of its own.</summary>
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

    /// <summary>Waits until the next timer is due after so many seconds, and moves the clock there: the way to step to a timer that is known, past which the clock must not go. At most for
    /// <see cref="Waiting.Patience"/>.</summary>
    /// <param name="seconds">How many seconds from now, to the millisecond.</param>
    /// <returns>Ends once the timer has fired.</returns>
    /// <exception cref="TimeoutException">No such timer was the next one in time.</exception>
    public async Task StepAsync(double seconds)
    {
        Taken? taken = null;
        await Waiting.UntilAsync(
            () => (taken = TryTakeNext(seconds)) is not null, string.Create(CultureInfo.InvariantCulture, $"the next timer is due in {seconds} s")).ConfigureAwait(false);
        FireFrom(taken!.Value);
    }

    /// <summary>Takes the first timer due by then, and moves the clock to its time. If there is none, moves the clock to then if it is to go on, in the same step: a timer that is set
    /// meanwhile is due after it.</summary>
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

    /// <summary>Takes the first timer if it is due after so many seconds. Looking and taking are one step: no other timer is taken in its place.</summary>
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

    /// <summary>A timer that is to fire, and when it does.</summary>
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
            // As with the timers of the system, less than a millisecond below zero is zero, and less than another one below that is infinite.
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
