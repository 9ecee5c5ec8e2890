namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>A clock that breaks: the n-th call of a kind throws, and so does each one after it.</summary>
internal sealed class FailingTime(int timestampsBefore = int.MaxValue, int timersBefore = int.MaxValue, int changesBefore = int.MaxValue) : TimeProvider
{
    private int _timestamps;
    private int _timers;
    private int _changes;

    public bool HasFailed { get; private set; }

    public override long GetTimestamp()
    {
        Count(ref _timestamps, timestampsBefore);
        return System.GetTimestamp();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Count(ref _timers, timersBefore);
        return new Timer(this, System.CreateTimer(callback, state, dueTime, period));
    }

    private void Count(ref int calls, int before)
    {
        if (Interlocked.Increment(ref calls) <= before)
            return;
        HasFailed = true;
        throw new InvalidTimeZoneException("The clock is broken.");
    }

    private sealed class Timer(FailingTime time, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Count(ref time._changes, time.ChangesBefore);
            return timer.Change(dueTime, period);
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }

    private int ChangesBefore => changesBefore;
}
