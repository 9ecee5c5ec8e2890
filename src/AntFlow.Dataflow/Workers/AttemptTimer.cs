namespace AntFlow.Dataflow;

/// <summary>The timer of one attempt: cancels its token when its time is over or the run is canceled.</summary>
/// <remarks>It identifies the attempt by its number, never by the item, which may be another one by the time the timer fires. Whether the time was over when the task ended
/// is decided once: disposing a timer does not wait for its callback, and a late callback must not change how the outcome is treated.</remarks>
internal sealed class AttemptTimer : IDisposable
{
    private const int Running = 0;
    private const int Fired = 1;
    private const int Ended = 2;

    private readonly CancellationTokenSource _source = new();
    private readonly PoolAttempts _attempts;
    private readonly Worker _worker;
    private readonly Action<Exception> _report;
    private readonly long _attemptVersion;
    private readonly CancellationTokenRegistration _registration;
    private readonly ITimer _timer;
    private int _state;

    /// <param name="attempts">Counts the attempts past their time.</param>
    /// <param name="worker">The worker, at the attempt to watch.</param>
    /// <param name="terms">How long the attempt may take, and which limit that is.</param>
    /// <param name="clock">The time of the run.</param>
    /// <param name="report">Receives what a user's registration on the token threw.</param>
    /// <param name="cancellationToken">Canceled when the run is canceled.</param>
    public AttemptTimer(PoolAttempts attempts, Worker worker, in TimeLeft terms, RunClock clock, Action<Exception> report, CancellationToken cancellationToken)
    {
        _attempts = attempts;
        _worker = worker;
        _report = report;
        _attemptVersion = worker.AttemptVersion;
        _registration = cancellationToken.UnsafeRegister(static timer => ((AttemptTimer)timer!).Cancel(), this);
        _timer = clock.CreateTimer(static timer => ((AttemptTimer)timer!).OnDue(), this, terms.Due, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether the time was over before the attempt ended.</summary>
    public bool HasFired => Volatile.Read(ref _state) == Fired;

    public void Dispose()
    {
        Interlocked.CompareExchange(ref _state, Ended, Running);
        _registration.Unregister();
        _timer.Dispose();
        // The source holds no timer and no link of its own, and the task may still use its token: it is left to the garbage collector.
    }

    private void OnDue()
    {
        if (Interlocked.CompareExchange(ref _state, Fired, Running) != Running)
            return;
        _attempts.MarkOverdue(_worker, _attemptVersion);
        Cancel();
    }

    // Users' registrations run on the pool, not on the timer's or the canceling thread, and may throw.
    private void Cancel() => _ = CancelAsync();

    private async Task CancelAsync()
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _report(error);
        }
    }
}
