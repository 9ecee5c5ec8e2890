namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>The lease of a run: until when the run is certain to be held, by a clock of this process that continues while the process is stopped; the renewal; and the wait for certainty.</summary>
/// <remarks>
/// <para>The end of the lease does not end the ownership: it only means that another process may take the run over from then on. The server knows whether one has, and the next renewal asks it.</para>
/// <para><b>The lock</b> guards the signal for waiting callers; nothing is called under it. The time of the last renewal only rises, and a loss is final. Registrations of
/// <see cref="Lost"/> are user code, and run on threads of the pool.</para>
/// </remarks>
internal sealed class Lease : IAsyncDisposable
{
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _shortestPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _longestPatience = TimeSpan.FromSeconds(10);

    private readonly string _runId;
    private readonly TimeSpan _length;
    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, ValueTask<string?>> _renew;
    private readonly Action<Exception?> _report;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private readonly Task _renewing;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _grantedAt;
    private Loss? _loss;

    /// <param name="runId">The run.</param>
    /// <param name="length">The length of a lease.</param>
    /// <param name="time">The clock.</param>
    /// <param name="grantedAt">The timestamp at which the lease begins.</param>
    /// <param name="renew">Renews the lease. Returns null, or why this owner no longer has the run.</param>
    /// <param name="report">Receives the error of a failed renewal, and null when a renewal succeeds again.</param>
    public Lease(string runId, TimeSpan length, TimeProvider time, long grantedAt, Func<CancellationToken, ValueTask<string?>> renew, Action<Exception?> report)
    {
        _runId = runId;
        _length = length;
        _time = time;
        _grantedAt = grantedAt;
        _renew = renew;
        _report = report;
        Lost = _lost.Token;
        _renewing = Detached.Start(RenewAsync);
    }

    /// <summary>Canceled once it is certain that another owner has the run.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Whether this owner is certain to hold the run.</summary>
    public bool IsValid => Volatile.Read(ref _loss) is null && _time.GetElapsedTime(Volatile.Read(ref _grantedAt)) < _length;

    /// <summary>Waits until this owner is certain to hold the run.</summary>
    public async ValueTask WaitUntilValidAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            lock (_lock)
                changed = _changed.Task;
            if (Volatile.Read(ref _loss) is not null)
                throw ToException();
            if (IsValid)
                return;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Called when the lease was renewed by a request made at the given time.</summary>
    public void OnRenewed(long askedAt)
    {
        // A renewal and a new session may overlap.
        long known = Volatile.Read(ref _grantedAt);
        while (askedAt > known && Interlocked.CompareExchange(ref _grantedAt, askedAt, known) is var seen && seen != known)
            known = seen;
        Pulse();
    }

    /// <summary>Records that another owner has the run. Returns the exception to throw.</summary>
    public LeaseLostException Lose(string reason, Exception? inner = null)
    {
        if (Interlocked.CompareExchange(ref _loss, new Loss(reason, inner), null) is null)
        {
            _ = _lost.CancelAsync();
            Pulse();
        }

        return ToException();
    }

    /// <summary>Returns the exception for a lost run.</summary>
    public LeaseLostException ToException() => new(_runId, _loss?.Reason ?? "it was released", _loss?.Inner);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.CompareExchange(ref _loss, new Loss("it was released", Inner: null), null);
        Pulse();
        _ended.Dispose();
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Pulse()
    {
        TaskCompletionSource changed;
        lock (_lock)
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        changed.SetResult();
    }

    private async Task RenewAsync()
    {
        bool isFailing = false;
        while (true)
        {
            // Canceling the pause also ends the loop: a lost lease stays lost.
            await Task.Delay(isFailing ? Least(_length / 15, _longestPause) : _length / 3, _time, _ended.Token).ConfigureAwait(false);
            if (_lost.IsCancellationRequested)
                return;
            Exception? error = await TryRenewAsync().ConfigureAwait(false);
            if (_ended.IsCancellationRequested)
                return;
            if (error is not null || isFailing)
                _report(error);
            isFailing = error is not null;
        }
    }

    /// <summary>Renews the lease. An error does not show which process owns the run; the renewal is repeated soon.</summary>
    private async Task<Exception?> TryRenewAsync()
    {
        // However short the lease is, a login takes some time.
        TimeSpan limit = Least(_longestPatience, _length / 3 > _shortestPatience ? _length / 3 : _shortestPatience);
        using var patience = new CancellationTokenSource(limit, _time);
        try
        {
            long askedAt = _time.GetTimestamp();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _ended.Token);
            if (await _renew(either.Token).ConfigureAwait(false) is { } reason)
                Lose(reason);
            else
                OnRenewed(askedAt);
            return null;
        }
        catch (LeaseLostException)
        {
            // Found by the renewal itself, and reported already.
            return null;
        }
        catch (OperationCanceledException error) when (patience.IsCancellationRequested)
        {
            return new TimeoutException($"The database server did not answer within {limit}.", error);
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private sealed record Loss(string Reason, Exception? Inner);
}
