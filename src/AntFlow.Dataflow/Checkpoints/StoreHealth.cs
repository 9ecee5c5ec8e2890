namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What to do about a store that fails: try again, ever less often, and give up in the end. Pure: time is given to it.</summary>
internal sealed class StoreHealth(TimeSpan giveUpAfter)
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _most = TimeSpan.FromSeconds(5);
    private int _failures;

    /// <summary>Since when it has failed, by the time of the run; null while it works.</summary>
    public TimeSpan? FailingSince { get; private set; }

    /// <summary>What it failed with last.</summary>
    public Exception? LastError { get; private set; }

    /// <summary>Whether it was given up: from then on everything is tried once only.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>It has failed. Returns how long to wait before the next attempt; null to make none.</summary>
    public TimeSpan? OnFailed(Exception error, TimeSpan now)
    {
        LastError = error;
        FailingSince ??= now;
        TimeSpan delay = _first * Math.Pow(2, Math.Min(_failures++, 10));
        if (delay > _most)
            delay = _most;
        TimeSpan left = giveUpAfter - (now - FailingSince.Value);
        // A store that was disposed of does not come back, nor does a file that is damaged get better.
        if (IsGivenUp || error is ObjectDisposedException or InvalidDataException || left <= TimeSpan.Zero)
        {
            IsGivenUp = true;
            return null;
        }

        return delay < left ? delay : left;
    }

    public void OnWorked()
    {
        FailingSince = null;
        LastError = null;
        _failures = 0;
    }
}
