namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>How long a run is held, by a clock of this process that goes on while the process is stopped; and the renewing.</summary>
/// <remarks>There is no lock: the time of the last renewal only rises, and the loss is final. Registrations of <see cref="Lost"/> are foreign code, and run on threads of the pool.</remarks>
internal sealed class Lease : IAsyncDisposable
{
    private readonly string _runId;
    private readonly TimeSpan _length;
    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, ValueTask<bool>> _renew;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _expiry;
    private readonly Task _renewing;
    private long _grantedAt;
    private string? _lostBecause;

    /// <param name="runId">The run.</param>
    /// <param name="length">How long a lease is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="grantedAt">The timestamp from which it counts.</param>
    /// <param name="renew">Asks for it anew; false if it is another's.</param>
    public Lease(string runId, TimeSpan length, TimeProvider time, long grantedAt, Func<CancellationToken, ValueTask<bool>> renew)
    {
        _runId = runId;
        _length = length;
        _time = time;
        _grantedAt = grantedAt;
        _renew = renew;
        Lost = _lost.Token;
        _expiry = time.CreateTimer(static lease => ((Lease)lease!).OnExpiry(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        SetExpiry();
        _renewing = Detached.Start(RenewAsync);
    }

    /// <summary>Canceled once the run may be another's.</summary>
    public CancellationToken Lost { get; }

    public bool HoldsFor(TimeSpan time) => Volatile.Read(ref _lostBecause) is null && Left is var left && left > TimeSpan.Zero && time < left;

    /// <summary>It was renewed; asked for at that time.</summary>
    public void OnRenewed(long askedAt)
    {
        // A renewal and a new session may cross.
        long known = Volatile.Read(ref _grantedAt);
        while (askedAt > known && Interlocked.CompareExchange(ref _grantedAt, askedAt, known) is var seen && seen != known)
            known = seen;
        SetExpiry();
    }

    /// <summary>It is another's. Returns what to throw.</summary>
    public LeaseLostException Lose(string reason, Exception? inner = null)
    {
        if (Interlocked.CompareExchange(ref _lostBecause, reason, null) is null)
            _ = _lost.CancelAsync();
        return new LeaseLostException(_runId, reason, inner);
    }

    /// <summary>What to throw once it is lost.</summary>
    public LeaseLostException ToException() => new(_runId, Volatile.Read(ref _lostBecause) ?? "it was given up");

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _expiry.DisposeAsync().ConfigureAwait(false);
        Interlocked.CompareExchange(ref _lostBecause, "it was given up", null);
        _ended.Dispose();
    }

    private TimeSpan Left => _length - _time.GetElapsedTime(Volatile.Read(ref _grantedAt));

    private void SetExpiry()
    {
        TimeSpan left = Left;
        _expiry.Change(left > TimeSpan.Zero ? left : TimeSpan.FromTicks(1), Timeout.InfiniteTimeSpan);
    }

    private void OnExpiry()
    {
        if (_ended.IsCancellationRequested)
            return;
        if (Left > TimeSpan.Zero)
            SetExpiry();
        else
            Lose("the lease could not be renewed in its time, and somebody else may have taken it over");
    }

    private async Task RenewAsync()
    {
        TimeSpan pause = _length / 3;
        while (true)
        {
            // The end of the pause is the end of the loop, too: a lease that is lost stays lost.
            await Task.Delay(pause, _time, _ended.Token).ConfigureAwait(false);
            if (_lost.IsCancellationRequested)
                return;
            pause = await TryRenewAsync().ConfigureAwait(false) ? _length / 3 : _length / 15;
        }
    }

    private async Task<bool> TryRenewAsync()
    {
        try
        {
            long askedAt = _time.GetTimestamp();
            using var patience = new CancellationTokenSource(_length / 3, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _ended.Token);
            if (await _renew(either.Token).ConfigureAwait(false))
                OnRenewed(askedAt);
            else
                Lose("somebody else has taken it over, or deleted it");
            return true;
        }
        catch (Exception)
        {
            // The connection is down: it is tried again soon, and if that goes on for too long, the expiry says so.
            return false;
        }
    }
}
