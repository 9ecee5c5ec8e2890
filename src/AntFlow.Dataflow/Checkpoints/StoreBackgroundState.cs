namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Failures that a store reports outside the calls that are made to it, such as a lease that cannot be renewed; and whether anything waits because of them.</summary>
/// <remarks><b>The lock</b> guards all fields; the log is called outside it.</remarks>
internal sealed class StoreBackgroundState(RunClock clock, ICheckpointLog log)
{
    private readonly Lock _lock = new();
    private TimeSpan? _failingSince;
    private TimeSpan? _waitingSince;
    private Exception? _error;

    /// <summary>Since when it fails or something waits, by the time of the run; and its last error.</summary>
    public (TimeSpan? Since, Exception? Error) Now
    {
        get
        {
            lock (_lock)
                return (_failingSince < _waitingSince ? _failingSince : _waitingSince ?? _failingSince, _error);
        }
    }

    /// <summary>Its last error; null while it works.</summary>
    public Exception? LastError
    {
        get
        {
            lock (_lock)
                return _error;
        }
    }

    /// <summary>Records a failure; null means that it works again.</summary>
    public void Report(Exception? error)
    {
        TimeSpan now = clock.Between(clock.StartTimestamp, clock.Now);
        bool wasFailing;
        bool isNews;
        lock (_lock)
        {
            wasFailing = _failingSince is not null;
            // The same error is logged only once.
            isNews = error is not null && (_error is null || !string.Equals(ErrorText.Of(_error), ErrorText.Of(error), StringComparison.Ordinal));
            _failingSince = error is null ? null : _failingSince ?? now;
            _error = error;
        }

        if (isNews)
            log.StoreUnsure(error!);
        else if (error is null && wasFailing)
            log.StoreWorks();
    }

    /// <summary>Records that something waits until the store can confirm the owner of the run.</summary>
    public void BeginWaiting()
    {
        TimeSpan now = clock.Between(clock.StartTimestamp, clock.Now);
        lock (_lock)
            _waitingSince ??= now;
    }

    /// <summary>Records that nothing waits for it any more.</summary>
    public void EndWaiting()
    {
        lock (_lock)
            _waitingSince = null;
    }
}
