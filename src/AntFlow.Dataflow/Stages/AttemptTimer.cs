namespace AntFlow.Dataflow;

/// <summary>The clock of one attempt: cancels its token when its time is over or the run is canceled.</summary>
/// <remarks>It knows the attempt by its number, never by the item, which may be another one by the time the timer fires.</remarks>
internal sealed class AttemptTimer : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly StageBlock _block;
    private readonly RunState _run;
    private readonly Worker _worker;
    private readonly long _attemptNumber;
    private readonly CancellationTokenRegistration _registration;
    private readonly ITimer _timer;
    private volatile bool _hasFired;

    public AttemptTimer(StageBlock block, Worker worker, RunState run, TimeSpan due, bool isItemTimeout)
    {
        _block = block;
        _run = run;
        _worker = worker;
        _attemptNumber = worker.AttemptNumber;
        IsItemTimeout = isItemTimeout;
        _registration = run.Token.UnsafeRegister(static timer => ((AttemptTimer)timer!).Cancel(), this);
        _timer = run.Clock.CreateTimer(static timer => ((AttemptTimer)timer!).OnDue(), this, due, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether the time is over.</summary>
    public bool HasFired => _hasFired;

    /// <summary>Whether it is the time for all attempts in the stage that this timer stands for.</summary>
    public bool IsItemTimeout { get; }

    public void Dispose()
    {
        _timer.Dispose();
        _registration.Unregister();
        // The source holds no timer and no link of its own, and the body may still look at its token: it is left to the collector.
    }

    private void OnDue()
    {
        _hasFired = true;
        _block.MarkOverdue(_worker, _attemptNumber);
        Cancel();
    }

    // Registrations of users run on the pool, not on the timer's or the canceling thread, and may throw.
    private void Cancel() => _ = CancelAsync();

    private async Task CancelAsync()
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _run.ReportCallback("CancellationToken.Register", default, _block.Name, error);
        }
    }
}
