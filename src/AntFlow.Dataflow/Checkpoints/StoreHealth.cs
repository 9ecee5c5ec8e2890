namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Decides what to do about a store that fails: retry with growing delays, and give up in the end. Pure: it receives the time.</summary>
internal sealed class StoreHealth(TimeSpan giveUpAfter)
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _most = TimeSpan.FromSeconds(5);
    private int _failures;

    /// <summary>Since when it has failed, by the time of the run; null while it works.</summary>
    public TimeSpan? FailingSince { get; private set; }

    /// <summary>Its last error.</summary>
    public Exception? LastError { get; private set; }

    /// <summary>Whether retrying has ended: from then on every call is made only once.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Records a failure. Returns the delay before the next attempt; null for no further attempt.</summary>
    public TimeSpan? OnFailed(Exception error, TimeSpan now)
    {
        LastError = error;
        FailingSince ??= now;
        TimeSpan delay = _first * Math.Pow(2, Math.Min(_failures++, 10));
        if (delay > _most)
            delay = _most;
        TimeSpan left = giveUpAfter - (now - FailingSince.Value);
        // A disposed store does not come back, and a damaged file does not repair itself.
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
