namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What a store says of itself beside the calls that are made to it, such as a lease that cannot be renewed; and whether something waits for that.</summary>
/// <remarks><b>The lock</b> guards all fields; the log is called outside it.</remarks>
internal sealed class StoreTrouble(RunClock clock, ICheckpointLog log)
{
    private readonly Lock _lock = new();
    private TimeSpan? _failingSince;
    private TimeSpan? _waitingSince;
    private Exception? _error;

    /// <summary>Since when it fails, or something waits, by the time of the run; and what it failed with last.</summary>
    public (TimeSpan? Since, Exception? Error) Now
    {
        get
        {
            lock (_lock)
                return (_failingSince < _waitingSince ? _failingSince : _waitingSince ?? _failingSince, _error);
        }
    }

    /// <summary>What it failed with last; null while it works.</summary>
    public Exception? LastError
    {
        get
        {
            lock (_lock)
                return _error;
        }
    }

    /// <summary>It has failed; with null, it works again.</summary>
    public void Report(Exception? error)
    {
        TimeSpan now = clock.Between(clock.StartTimestamp, clock.Now);
        bool wasFailing;
        bool isNews;
        lock (_lock)
        {
            wasFailing = _failingSince is not null;
            // The same once more is said once only.
            isNews = error is not null && (_error is null || !string.Equals(ErrorText.Of(_error), ErrorText.Of(error), StringComparison.Ordinal));
            _failingSince = error is null ? null : _failingSince ?? now;
            _error = error;
        }

        if (isNews)
            log.StoreUnsure(error!);
        else if (error is null && wasFailing)
            log.StoreWorks();
    }

    /// <summary>Something waits until the store can say whose the run is.</summary>
    public void BeginWaiting()
    {
        TimeSpan now = clock.Between(clock.StartTimestamp, clock.Now);
        lock (_lock)
            _waitingSince ??= now;
    }

    /// <summary>Nothing waits for that any more.</summary>
    public void EndWaiting()
    {
        lock (_lock)
            _waitingSince = null;
    }
}
