namespace AntFlow.Dataflow.Snapshots;

/// <summary>What one stage has shown of itself from snapshot to snapshot. The older it is, the less it counts.</summary>
/// <param name="isExit">Whether nothing but the reader of the results comes after it: that its workers wait for him is a matter of its own pace.</param>
internal sealed class StageHistory(bool isExit)
{
    // For how many seconds what is presumed counts.
    private const double Presumed = 3;

    private double _busy;
    private double _left;
    private double _used;
    private double _slots;
    private double _lastUsed;
    private double _lastBusy;
    private StageSnapshot? _last;

    /// <summary>How many items the means below stem from.</summary>
    public double Seen => _left;

    /// <summary>Whether items have waited for further attempts.</summary>
    public bool HasRetried { get; private set; }

    /// <summary>Takes in how the stage looks now.</summary>
    /// <param name="now">The stage.</param>
    /// <param name="work">Its workers.</param>
    /// <param name="seconds">How long after the last look; 0 if the time in between does not count, because the run was paused.</param>
    /// <param name="keep">How much what was seen before still counts, of [0, 1].</param>
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

    /// <summary>The share of its workers' time it can use while items wait: less than 1 if limits, waits for another attempt, or a slow reader keep it from more.</summary>
    /// <param name="presumed">What is presumed for the first few seconds.</param>
    public double GetUsable(double presumed)
    {
        double worth = Presumed * (_last?.Workers ?? 1);
        return Math.Clamp((_used + (presumed * worth)) / (_slots + worth), 0.001, 1);
    }

    /// <summary>How long a worker is busy for each item that leaves, further attempts included. Calls that run longer than usual count although they have not ended.</summary>
    public double GetBusyEach(StageWork work)
    {
        double each = _busy / _left;
        return (_busy + work.Running.Sum(elapsed => Math.Max(0, elapsed - each))) / _left;
    }

    private static double Left(StageSnapshot stage) => stage.Completed + stage.Skipped + stage.Failed;
}
