namespace AntFlow.Dataflow;

/// <summary>The timers of a run as a whole: when a grace period is over, and when bodies that do not end are given up.</summary>
/// <remarks>The lock guards the fields. Timers are foreign code and are made and disposed of outside it.</remarks>
internal sealed class RunTimers(RunClock clock, Action<Exception> reportFault)
{
    private readonly Lock _lock = new();
    private readonly List<ITimer> _timers = [];
    private bool _isEnded;

    public void Start(TimeSpan due, TimeSpan period, Action action)
    {
        ITimer timer;
        try
        {
            timer = clock.CreateTimer(static action => ((Action)action!)(), action, due, period);
        }
        catch (Exception error)
        {
            // A clock that cannot even make a timer: the run still ends, by the clock of the system.
            reportFault(error);
            timer = new RunClock(TimeProvider.System).CreateTimer(static action => ((Action)action!)(), action, due, period);
        }

        Keep(timer);
    }

    /// <summary>Starts a timer that only watches the run: a clock that cannot make it changes nothing about the run.</summary>
    public void Watch(TimeSpan period, Action action)
    {
        ITimer timer;
        try
        {
            timer = clock.CreateTimer(static action => ((Action)action!)(), action, period, period);
        }
        catch (Exception)
        {
            return;
        }

        Keep(timer);
    }

    /// <summary>The run is over.</summary>
    public void End()
    {
        List<ITimer> timers;
        lock (_lock)
        {
            _isEnded = true;
            timers = [.. _timers];
            _timers.Clear();
        }

        foreach (ITimer timer in timers)
            Dispose(timer);
    }

    private void Keep(ITimer timer)
    {
        lock (_lock)
        {
            if (!_isEnded)
            {
                _timers.Add(timer);
                return;
            }
        }

        Dispose(timer);
    }

    private static void Dispose(ITimer timer)
    {
        try
        {
            timer.Dispose();
        }
        catch (Exception)
        {
            // The run is over, and the report is out.
        }
    }
}
