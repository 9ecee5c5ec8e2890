namespace AntFlow.Dataflow.Snapshots;

/// <summary>The observations of one stage over successive snapshots. Older observations have less weight.</summary>
/// <param name="isExit">Whether the reader of the results comes directly after the stage. Workers that wait for the reader are then part of the stage's own speed.</param>
internal sealed class StageHistory(bool isExit)
{
    // The number of seconds for which the presumed value counts.
    private const double Presumed = 3;

    private double _busy;
    private double _left;
    private double _used;
    private double _slots;
    private double _lastUsed;
    private double _lastBusy;
    private StageSnapshot? _last;

    /// <summary>The number of items on which the following means are based.</summary>
    public double Seen => _left;

    /// <summary>Whether items have waited for further attempts.</summary>
    public bool HasRetried { get; private set; }

    /// <summary>Adds an observation of the stage.</summary>
    /// <param name="now">The stage.</param>
    /// <param name="work">Its workers.</param>
    /// <param name="seconds">The time since the last observation; 0 if that time does not count because the run was paused.</param>
    /// <param name="keep">The weight of earlier observations, from 0 to 1.</param>
    public void Add(StageSnapshot now, StageWork work, double seconds, double keep)
    {
        double used = work.BusyWithRunning;
        double left = Left(now) - (_last is null ? 0 : Left(_last));
        _busy = (_busy * keep) + work.Busy - _lastBusy;
        _left = (_left * keep) + left;
        if (_last is not null && seconds > 0)
        {
            if (now.Queued > 0 && _last.Queued > 0 && (isExit || (now.BlockedWorkers == 0 && _last.BlockedWorkers == 0)))
            {
                _slots = (_slots * keep) + (seconds * (now.Workers + _last.Workers) / 2);
                _used = (_used * keep) + used - _lastUsed;
            }
        }

        HasRetried |= now.Retrying > 0;
        (_lastUsed, _lastBusy, _last) = (used, work.Busy, now);
    }

    /// <summary>Returns the share of its workers' time that the stage can use while items wait. It is less than 1 if limits, delays before another attempt, or a slow reader reduce it.</summary>
    /// <param name="presumed">The value that is presumed for the first few seconds.</param>
    public double GetUsable(double presumed)
    {
        double worth = Presumed * (_last?.Workers ?? 1);
        return Math.Clamp((_used + (presumed * worth)) / (_slots + worth), 0.001, 1);
    }

    /// <summary>Returns the time that a worker is busy for each item that leaves, further attempts included. Running calls that take longer than usual are included.</summary>
    public double GetBusyEach(StageWork work)
    {
        double each = _busy / _left;
        return (_busy + work.Running.Sum(elapsed => Math.Max(0, elapsed - each))) / _left;
    }

    private static double Left(StageSnapshot stage) => stage.Completed + stage.Skipped + stage.Failed + stage.Filtered;
}
