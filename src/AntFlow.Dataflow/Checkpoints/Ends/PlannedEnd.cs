namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Decides whether the process is ending as planned. Pure: it receives the events and their times.</summary>
internal sealed class PlannedEnd
{
    /// <summary>For how long a signal means that the process is about to end. A process that continues for longer has handled the signal in another way.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(2);

    private TimeSpan _signaledAt;
    private bool _isCrashing;

    /// <summary>Whether an end of the process from now on is planned.</summary>
    public bool IsPlanned { get; private set; }

    /// <summary>A signal has requested the end of the process.</summary>
    public void OnSignal(TimeSpan now)
    {
        _signaledAt = now;
        IsPlanned = !_isCrashing;
    }

    /// <summary>The process still runs at this time.</summary>
    /// <returns>How long the last signal still counts; null if none does.</returns>
    public TimeSpan? OnGoesOn(TimeSpan now)
    {
        if (!IsPlanned)
            return null;
        TimeSpan left = Holds - (now - _signaledAt);
        if (left > TimeSpan.Zero)
            return left;
        IsPlanned = false;
        return null;
    }

    /// <summary>The process exits with a code, which counts more than an earlier signal.</summary>
    public void OnExit(int code) => IsPlanned = code == 0 && !_isCrashing;

    /// <summary>The process crashes with an exception that nothing has caught.</summary>
    public void OnUnhandledException()
    {
        _isCrashing = true;
        IsPlanned = false;
    }
}
