namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Decides whether the process is ending as planned. Pure: it is told what happens, and when.</summary>
internal sealed class PlannedEnd
{
    /// <summary>For how long a signal says that the process is about to end. One that goes on for longer has handled it in another way.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(2);

    private TimeSpan _signaledAt;
    private bool _isCrashing;

    /// <summary>Whether an end that comes now is a planned one.</summary>
    public bool IsPlanned { get; private set; }

    /// <summary>A signal asks the process to end.</summary>
    public void OnSignal(TimeSpan now)
    {
        _signaledAt = now;
        IsPlanned = !_isCrashing;
    }

    /// <summary>The process is there at this time.</summary>
    /// <returns>How long the last signal still holds; null if no signal does.</returns>
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

    /// <summary>The process exits with a code: its own word, which counts more than a signal before it.</summary>
    public void OnExit(int code) => IsPlanned = code == 0 && !_isCrashing;

    /// <summary>The process crashes with an exception that nothing has caught.</summary>
    public void OnUnhandledException()
    {
        _isCrashing = true;
        IsPlanned = false;
    }
}
