using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>A pool of numbers whose loops stop where a test has something to say, and whose wake-ups can be held back: decided on under the lock, and not posted yet.</summary>
internal sealed class ScriptedPool : IPoolOwner
{
    public static readonly TimeSpan RetryDelay = TimeSpan.FromHours(1);

    private readonly ScriptedTime _time;
    private readonly RunClock _clock;
    private readonly PoolState _state = new();
    private readonly WorkerPool _pool;
    private readonly PoolRetries _retries;
    private readonly List<Exception> _faults = [];
    private readonly List<long> _begun = [];
    private long _tickets;
    private bool _isPaused;

    public ScriptedPool(int workers, ScriptedTime time)
    {
        _time = time;
        _clock = new RunClock(time);
        _pool = new WorkerPool("A", _state, this, workers, new PlaceRule(MaxInFlight: null, Beside: 0));
        _retries = new PoolRetries(_state, _pool, _clock, _faults.Add);
    }

    public int HostDegree => _pool.HostDegree;

    public Task HostCompletion => _pool.HostCompletion;

    /// <summary>The numbers in the order in which work on them began.</summary>
    public IReadOnlyList<long> Begun
    {
        get
        {
            lock (_begun)
                return [.. _begun];
        }
    }

    public IReadOnlyList<Exception> Faults => _faults;

    /// <summary>Called on the loop, outside the lock, in place of user code.</summary>
    public Action<long> Body { get; set; } = static _ => { };

    /// <summary>Whether the work on a number has failed, and it waits for its next attempt.</summary>
    public Func<long, bool> IsToRetry { get; set; } = static _ => false;

    /// <summary>Called on a loop that has found nothing to take: under the lock, before it leaves.</summary>
    public Action? OnNothing { get; set; }

    /// <summary>Called on a loop that has found nothing to take: as soon as it has left the section.</summary>
    public Action? OnLeft { get; set; }

    public Task WhenBegunAsync(int count) => Testing.Waiting.UntilAsync(() => Begun.Count >= count);

    /// <summary>Puts a number into the front. The caller has to perform what that decides.</summary>
    public PostLockActions Put(long number) => Within((in LockScope _) => _state.Queue.Enqueue(new Item { Sequence = number }, ItemPriority.Normal, _tickets++));

    public void SetWorkers(int workers) => _pool.SetWorkers(workers);

    public void End() => _pool.RetireHosts();

    /// <summary>Lets nothing start any more. What has started goes on.</summary>
    public void Pause() => Within((in LockScope _) => _isPaused = true);

    public void Resume() => Within((in LockScope _) => _isPaused = false).Perform();

    /// <summary>Ends a number that waits for its next attempt: its place is free.</summary>
    public void EndWaiting() => Within((in LockScope held) =>
    {
        _state.Delayed.TryTakeAny(out _);
        _state.PlacesInUse--;
    }).Perform();

    /// <summary>Lets the number that waits for its next attempt be due.</summary>
    public void FireTimer()
    {
        _time.Advance(RetryDelay);
        _time.Timers[0].GoOff();
    }

    public async Task<Activation> RunLoopAsync(Activation activation)
    {
        Worker? worker = null;
        var wake = new Waiter();
        try
        {
            do
            {
                while (_pool.TryTake(ref worker, activation.Host, wake, out Item? item, out _))
                {
                    Begin(worker, item);
                    End(worker, item);
                }

                worker = null;
            }
            while (await wake.WaitAsync().ConfigureAwait(false));
        }
        catch (Exception error)
        {
            OnHostFault(error);
        }

        return activation;
    }

    public void OnHostFault(Exception error)
    {
        lock (_faults)
            _faults.Add(error);
    }

    public bool MayStart(in LockScope held) => !_isPaused;

    public void OnDeferred(Item item, long now, in LockScope held) => throw new NotSupportedException();

    public long StampForDeferred() => throw new NotSupportedException();

    public Outcome OnNext(Worker worker, Item? next, bool isPermitFree, in LockScope held)
    {
        if (next is not null)
            return Outcome.None;
        OnNothing?.Invoke();
        held.After.Call = OnLeft;
        return Outcome.None;
    }

    private void Begin(Worker worker, Item item)
    {
        if (worker.Attempt.BeganAt != 0)
            throw new InvalidOperationException("What the worker began with its last item is no attempt of this one.");
        worker.Attempt.BeganAt = 1;
        lock (_begun)
            _begun.Add(item.Sequence);
        Body(item.Sequence);
    }

    private void End(Worker worker, Item item)
    {
        if (IsToRetry(item.Sequence))
        {
            using (LockScope held = _state.Enter(out _))
                _retries.Delay(worker, item, _clock.After(_clock.Now, RetryDelay), held);
            _retries.ArmTimer();
            return;
        }

        worker.Item = null;
    }

    private delegate void Change(in LockScope held);

    // What the section decides on is left to the caller.
    private PostLockActions Within(Change change)
    {
        using (LockScope held = _state.Enter(out _))
        {
            change(held);
            _pool.WakeIfNeeded(held);
            PostLockActions after = held.After;
            held.After = default;
            return after;
        }
    }
}
