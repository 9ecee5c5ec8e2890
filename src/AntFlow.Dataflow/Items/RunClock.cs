using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The time of one run: timestamps that never go back, and the wall-clock time they stand for.</summary>
/// <remarks>A <see cref="TimeProvider"/> is foreign code, and its clock is read where an item is in between two hands: one that throws is told to
/// <see cref="OnFault"/>, which ends the run, and reading goes on with the time at which the run started.</remarks>
internal sealed class RunClock
{
    // The longest time a timer can be set to.
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private readonly DateTimeOffset _startedAt;
    private readonly long _startTimestamp;

    public RunClock(TimeProvider time)
    {
        Time = time;
        IsSystem = time == TimeProvider.System;
        _startedAt = time.GetUtcNow();
        _startTimestamp = time.GetTimestamp();
    }

    public TimeProvider Time { get; }

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

    public DateTimeOffset At(long timestamp) => _startedAt + Time.GetElapsedTime(_startTimestamp, timestamp);

    public TimeSpan Between(long from, long to) => to <= from ? TimeSpan.Zero : Time.GetElapsedTime(from, to);

    /// <summary>The timestamp that lies a delay after another one; never before it, and never past the end of time.</summary>
    public long After(long timestamp, TimeSpan delay)
    {
        double ticks = delay.TotalSeconds * Time.TimestampFrequency;
        return ticks >= long.MaxValue - timestamp ? long.MaxValue : timestamp + (long)Math.Ceiling(Math.Max(0, ticks));
    }
}
