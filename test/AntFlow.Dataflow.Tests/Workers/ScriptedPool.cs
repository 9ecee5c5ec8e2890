using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>A pool of numbers whose loops stop where a test has something to say, and whose wake-ups can be held back: decided on under the lock, and not posted yet.</summary>
internal sealed class ScriptedPool : RetryingPool
{
    public static readonly TimeSpan RetryDelay = TimeSpan.FromHours(1);

    private readonly ScriptedTime _time;
    private readonly RunClock _clock;
    private readonly List<Exception> _faults;
    private readonly List<long> _begun = [];
    private long _tickets;
    private bool _isPaused;

    public ScriptedPool(int workers, ScriptedTime time)
        : this(workers, time, [])
    {
    }

    private ScriptedPool(int workers, ScriptedTime time, List<Exception> faults)
        : base("A", new RunClock(time), workers, new PlaceRule(MaxInFlight: null, Beside: 0), faults.Add)
    {
        _time = time;
        _faults = faults;
        _clock = new RunClock(time);
    }

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

    public Task WhenBegunAsync(int count) => TestKit.Waiting.UntilAsync(() => Begun.Count >= count);

    /// <summary>Puts a number into the front. What that decides is in the caller's hands.</summary>
    public Aftermath Put(long number) => Within((in Section _) => Front.Enqueue(new Item { Sequence = number }, ItemPriority.Normal, _tickets++));

    /// <summary>Lets nothing start any more. What has started goes on.</summary>
    public void Pause() => Within((in Section _) => _isPaused = true);

    public void Resume() => Within((in Section _) => _isPaused = false).Perform();

    /// <summary>Ends a number that waits for its next attempt: its place is free.</summary>
    public void EndWaiting() => Within((in Section held) =>
    {
        Waiting.TryTakeAny(out _);
        FreePlaces(1, held);
    }).Perform();

    /// <summary>Lets the number that waits for its next attempt be due.</summary>
    public void FireTimer()
    {
        _time.Advance(RetryDelay);
        _time.Timers[0].GoOff();
    }

    protected override async Task<Activation> RunLoopAsync(Activation activation)
    {
        Worker? worker = null;
        var wake = new WaitSlip();
        try
        {
            do
            {
                while (TryTake(ref worker, activation.Host, wake, out Item? item, out _))
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

    protected override void OnHostFault(Exception error)
    {
        lock (_faults)
            _faults.Add(error);
    }

    protected override bool MayStart(in Section held) => !_isPaused;

    protected override Outcome OnNext(Worker worker, Item? next, in Section held)
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
            using (Section held = Gate.Enter(out _))
                PutAway(worker, item, _clock.After(_clock.Now, RetryDelay), held);
            ArmTimer();
            return;
        }

        worker.Item = null;
        worker.OwesPlace = true;
    }

    private delegate void Change(in Section held);

    // What the section decides on is left to the caller.
    private Aftermath Within(Change change)
    {
        Aftermath after = default;
        Gate.Enter();
        var held = new Section(ref Gate, ref after);
        change(held);
        WakeIfNeeded(held);
        Gate.Exit();
        return after;
    }
}
