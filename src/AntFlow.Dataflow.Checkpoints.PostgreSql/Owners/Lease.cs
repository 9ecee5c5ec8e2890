namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Until when a run is certain to be held, by a clock of this process that goes on while the process is stopped; the renewing; and the waiting while it is not certain.</summary>
/// <remarks>
/// <para>The end of the lease takes nothing away: it only says that another process may take the run over from then on. Whether one has, the server knows, and the next renewal asks.</para>
/// <para><b>The lock</b> guards the signal of those that wait; nothing is called under it. The time of the last renewal only rises, and the loss is final. Registrations of
/// <see cref="Lost"/> are foreign code, and run on threads of the pool.</para>
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
    /// <param name="length">How long a lease is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="grantedAt">The timestamp from which it counts.</param>
    /// <param name="renew">Asks for it anew. Returns null; or why it is not this owner's any more.</param>
    /// <param name="report">Takes what a renewal failed with, and null when one works again.</param>
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

    /// <summary>Canceled once the run is known to be another's.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Whether the run is certain to be this owner's.</summary>
    public bool IsHeld => Volatile.Read(ref _loss) is null && _time.GetElapsedTime(Volatile.Read(ref _grantedAt)) < _length;

    /// <summary>Waits until the run is certain to be this owner's.</summary>
    public async ValueTask WaitUntilHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            lock (_lock)
                changed = _changed.Task;
            if (Volatile.Read(ref _loss) is not null)
                throw ToException();
            if (IsHeld)
                return;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>It was renewed; asked for at that time.</summary>
    public void OnRenewed(long askedAt)
    {
        // A renewal and a new session may cross.
        long known = Volatile.Read(ref _grantedAt);
        while (askedAt > known && Interlocked.CompareExchange(ref _grantedAt, askedAt, known) is var seen && seen != known)
            known = seen;
        Pulse();
    }

    /// <summary>It is another's. Returns what to throw.</summary>
    public LeaseLostException Lose(string reason, Exception? inner = null)
    {
        if (Interlocked.CompareExchange(ref _loss, new Loss(reason, inner), null) is null)
        {
            _ = _lost.CancelAsync();
            Pulse();
        }

        return ToException();
    }

    /// <summary>What to throw once it is lost.</summary>
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
            // The end of the pause is the end of the loop, too: a lease that is lost stays lost.
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

    /// <summary>Asks for it anew. What went wrong says nothing of whose it is; it is asked again soon.</summary>
    private async Task<Exception?> TryRenewAsync()
    {
        // However short the lease is, a login takes its time.
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
            // Found on the way, and said already.
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
