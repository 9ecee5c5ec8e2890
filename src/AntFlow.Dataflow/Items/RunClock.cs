using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The time of one run: timestamps that never go back, and the wall-clock time they stand for.</summary>
/// <remarks>A <see cref="TimeProvider"/> is foreign code, and its clock is read where an item is in between two hands: one that throws is told to
/// <see cref="OnFault"/>, which ends the run, and reading goes on with the time at which the run started. What a reading stands for is computed here, from what the clock has said
/// of itself at the start: it never throws, however far the clock is off, so that a snapshot and a report can always be made.</remarks>
internal sealed class RunClock
{
    // The longest time a timer can be set to.
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

    /// <summary>How many ticks of a timestamp a second has.</summary>
    public long Frequency { get; }

    /// <summary>Who is told, outside all locks, that the clock is broken. Set once, before the run starts.</summary>
    public Action<Exception>? OnFault { get; set; }

    /// <summary>Whether the time is the system's: then a timestamp tells real time as well.</summary>
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

    /// <summary>What lies further away than a timer reaches is cut to that.</summary>
    public static TimeSpan Cut(TimeSpan time) => time < _longest ? time : _longest;

    /// <summary>A timer of the run's time, see <see cref="Cut"/>.</summary>
    public ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan due, TimeSpan period) =>
        Time.CreateTimer(callback, state, Cut(due), Cut(period));

    /// <summary>The time of day of a timestamp: that of the start of the run, and what has passed since. A wall clock that is set, or corrected little by little, does not move it.</summary>
    /// <remarks>An anchor that is renewed would follow the wall clock, and give one event two times: the trackers keep timestamps, and ask for the time of day whenever somebody looks.</remarks>
    public DateTimeOffset At(long timestamp) =>
        // What lies outside the calendar is cut to its ends.
        _startedAt.AddTicks(Math.Clamp(TicksBetween(_startTimestamp, timestamp), -_startedAt.Ticks, DateTimeOffset.MaxValue.Ticks - _startedAt.Ticks));

    public TimeSpan Between(long from, long to) => to <= from ? TimeSpan.Zero : new TimeSpan(TicksBetween(from, to));

    /// <summary>The timestamp that lies a delay after another one; never before it, and never past the end of time.</summary>
    public long After(long timestamp, TimeSpan delay)
    {
        double ticks = delay.TotalSeconds * Frequency;
        return ticks >= long.MaxValue - timestamp ? long.MaxValue : timestamp + (long)Math.Ceiling(Math.Max(0, ticks));
    }

    // As TimeProvider.GetElapsedTime, which asks the clock for its frequency each time. A number that is too large for a long becomes the largest one.
    private long TicksBetween(long from, long to) => (long)(unchecked(to - from) * ((double)TimeSpan.TicksPerSecond / Frequency));
}
