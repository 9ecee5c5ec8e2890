namespace AntFlow.Dataflow;

/// <summary>The time of one run: timestamps that never go back, and the wall-clock time they stand for.</summary>
internal sealed class RunClock
{
    private readonly DateTimeOffset _startedAt;
    private readonly long _startTimestamp;

    public RunClock(TimeProvider time)
    {
        Time = time;
        _startedAt = time.GetUtcNow();
        _startTimestamp = time.GetTimestamp();
    }

    public TimeProvider Time { get; }

    public long Now => Time.GetTimestamp();

    public long StartTimestamp => _startTimestamp;

    public DateTimeOffset At(long timestamp) => _startedAt + Time.GetElapsedTime(_startTimestamp, timestamp);

    public TimeSpan Between(long from, long to) => to <= from ? TimeSpan.Zero : Time.GetElapsedTime(from, to);

    /// <summary>The timestamp that lies a delay after another one; never before it, and never past the end of time.</summary>
    public long After(long timestamp, TimeSpan delay)
    {
        double ticks = delay.TotalSeconds * Time.TimestampFrequency;
        return ticks >= long.MaxValue - timestamp ? long.MaxValue : timestamp + (long)Math.Ceiling(Math.Max(0, ticks));
    }
}
