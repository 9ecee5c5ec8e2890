namespace AntFlow.Dataflow;

/// <summary>The timers of a run as a whole: for the end of a grace period, and for giving up tasks that do not end.</summary>
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
            // The clock cannot even make a timer: the run still ends, by the system clock.
            reportFault(error);
            timer = new RunClock(TimeProvider.System).CreateTimer(static action => ((Action)action!)(), action, due, period);
        }

        Keep(timer);
    }

    /// <summary>Starts a timer that only watches the run. If the clock cannot make it, nothing changes for the run.</summary>
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

    /// <summary>Ends the timers: the run has ended.</summary>
    public void DisposeAll()
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
            // The run has ended, and the report is complete.
        }
    }
}
