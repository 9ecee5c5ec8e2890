using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The clock of one run: timestamps that never go back, and the times of day that they correspond to.</summary>
/// <remarks>A <see cref="TimeProvider"/> is foreign code, and the engine reads it while an item is between two owners. If it throws, the exception is passed to <see cref="OnFault"/>, which ends
/// the run, and reading continues with the time at the start of the run. The time of day is computed here from the values that the clock returned at the start of the run. This never throws,
/// however wrong the clock is, so that a snapshot and a report can always be created.</remarks>
internal sealed class RunClock
{
    // The longest time that a timer can be set to.
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private readonly DateTimeOffset _startedAt;
    private readonly long _startTimestamp;

    /// <exception cref="InvalidOperationException">The frequency of the clock is not above zero.</exception>
    public RunClock(TimeProvider time)
    {
        Time = time;
        IsSystem = time == TimeProvider.System;
        Frequency = time.TimestampFrequency;
        if (Frequency <= 0)
            throw new InvalidOperationException($"{time.GetType().Name}: TimestampFrequency is {Frequency}; it must be above zero.");
        _startedAt = time.GetUtcNow().ToUniversalTime();
        _startTimestamp = time.GetTimestamp();
    }

    public TimeProvider Time { get; }

    /// <summary>The number of ticks of a timestamp per second.</summary>
    public long Frequency { get; }

    /// <summary>Called outside all locks when the clock fails. Set once, before the run starts.</summary>
    public Action<Exception>? OnFault { get; set; }

    /// <summary>Whether the clock is the system's: a timestamp is then also a measure of real time.</summary>
    public bool IsSystem { get; }

    public long Now
    {
        get
        {
            if (IsSystem)
                return Stopwatch.GetTimestamp();
            try
            {
                return Time.GetTimestamp();
            }
            catch (Exception error)
            {
                OnFault?.Invoke(error);
                return _startTimestamp;
            }
        }
    }

    public long StartTimestamp => _startTimestamp;

    /// <summary>Limits a time to the longest time that a timer supports.</summary>
    public static TimeSpan Cut(TimeSpan time) => time < _longest ? time : _longest;

    /// <summary>Returns the shortest time to which a timer of the clock can be set that is not below another one.</summary>
    /// <remarks>The timers of the system count whole milliseconds and round down: a timer set to less fires early, finds nothing due, and is set again, over and over until it is.</remarks>
    public TimeSpan RoundUp(TimeSpan time) => IsSystem ? TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds)) : time;

    /// <summary>Creates a timer of the run's clock, see <see cref="Cut"/>.</summary>
    public ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan due, TimeSpan period) =>
        Time.CreateTimer(callback, state, Cut(due), Cut(period));

    /// <summary>Converts a timestamp to a time of day: the time of day at the start of the run plus the time that has passed since. It is not affected when the wall clock is adjusted.</summary>
    /// <remarks>A reference time that is renewed would follow the wall clock, and would give one event two times: trackers store timestamps, and convert them to a time of day each time they are
    /// read.</remarks>
    public DateTimeOffset At(long timestamp) =>
        // A time outside the calendar is limited to its ends.
        _startedAt.AddTicks(Math.Clamp(TicksBetween(_startTimestamp, timestamp), -_startedAt.Ticks, DateTimeOffset.MaxValue.Ticks - _startedAt.Ticks));

    public TimeSpan Between(long from, long to) => to <= from ? TimeSpan.Zero : new TimeSpan(TicksBetween(from, to));

    /// <summary>Returns the timestamp that is a delay after another one. It is never before that one, and never exceeds the maximum.</summary>
    public long After(long timestamp, TimeSpan delay)
    {
        double ticks = delay.TotalSeconds * Frequency;
        return ticks >= long.MaxValue - timestamp ? long.MaxValue : timestamp + (long)Math.Ceiling(Math.Max(0, ticks));
    }

    /// <summary>Returns the timestamp that is a time before another one, which may be before the start of the run.</summary>
    public long Before(long timestamp, TimeSpan time) => timestamp - (long)Math.Min(long.MaxValue / 2, Math.Max(0, time.TotalSeconds * Frequency));

    // Same as TimeProvider.GetElapsedTime, which reads the frequency of the clock each time. A number that is too large for a long is limited to the largest one.
    private long TicksBetween(long from, long to) => (long)(unchecked(to - from) * ((double)TimeSpan.TicksPerSecond / Frequency));
}
