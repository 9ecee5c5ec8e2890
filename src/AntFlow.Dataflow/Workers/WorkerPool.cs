using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow;

/// <summary>A pool of workers with a priority front: the one engine of stages and executors.</summary>
/// <remarks>
/// <para>A worker is active while a <em>loop</em> runs for it: the loop takes the most urgent item, processes it, and continues until there is nothing it may take. Then the loop is parked: it stays
/// in its block and waits, without being a worker. Waking a loop means answering a parked one, or posting an <em>activation</em> to the host if there is none. At most one loop is being woken
/// (<c>_waking</c>): it clears the flag, takes its item, and wakes the next loop if needed before user code runs.</para>
/// <para><b>The lock</b> (of <see cref="PoolState"/>) guards which workers are active and the wake flag as well. Leaving a loop and waking one are decided in the section that saw the front: no item is
/// ever left without a worker. Slips, those of parked loops too, are answered and activations are posted once the section is left.</para>
/// </remarks>
[DebuggerDisplay("{Name}: {_state.Queue.Count} waiting, {_workers.Alive} of {_workers.Count} workers active, {_state.PlacesInUse} of {_placesNow} places")]
internal sealed partial class WorkerPool
{
    private readonly PoolState _state;
    private readonly IPoolOwner _owner;
    private readonly StartPermits? _starts;
    private readonly WorkerRoster _workers;
    private WorkerHost _host;
    private WorkerHost? _waking;
    private bool _isEnded;
    private PlaceRule _places;
    private int _placesNow;

    public WorkerPool(string name, PoolState state, IPoolOwner owner, int workers, PlaceRule places, StartPermits? starts = null)
    {
        Name = name;
        _state = state;
        Attempts = new PoolAttempts(state);
        _owner = owner;
        _places = places;
        _starts = starts;
        _placesNow = places.PlacesFor(workers);
        _host = new WorkerHost(workers, _owner.RunLoopAsync, _owner.OnHostFault);
        _workers = new WorkerRoster(name);
        _workers.Resize(workers);
    }

    public string Name { get; }

    /// <summary>The attempts of the workers.</summary>
    public PoolAttempts Attempts { get; }

    /// <summary>The degree of parallelism of the block that hosts the workers at present.</summary>
    public int HostDegree
    {
        get
        {
            using (LockScope held = _state.Enter(out _))
                return _host.Degree;
        }
    }

    /// <summary>The end of the block that hosts the workers at present.</summary>
    public Task HostCompletion
    {
        get
        {
            WorkerHost host;
            using (LockScope held = _state.Enter(out _))
                host = _host;
            return host.Completion;
        }
    }

    /// <summary>Changes the number of workers. Raising takes effect before this returns; lowering as executions end.</summary>
    public void SetWorkers(int workers)
    {
        var host = new WorkerHost(workers, _owner.RunLoopAsync, _owner.OnHostFault);
        using (LockScope held = _state.Enter(out _))
        {
            if (workers == _workers.Count || _isEnded)
            {
                held.After.Retire = host;
            }
            else
            {
                WorkerHost old = _host;
                _workers.Resize(workers);
                _placesNow = _places.PlacesFor(workers);
                _host = host;
                RetireIfRunOut(old, held);
                WakeIfNeeded(held);
            }
        }
    }

    /// <summary>Changes how many items workers may hold or wait for their next attempt; null for the default. An item that has a place keeps it.</summary>
    public void SetMaxInFlight(int? most)
    {
        using (LockScope held = _state.Enter(out _))
        {
            _places = _places with { MaxInFlight = most };
            _placesNow = _places.PlacesFor(_workers.Count);
            WakeIfNeeded(held);
        }
    }

    /// <summary>Returns the number that was set for the items in flight; null for the default.</summary>
    public int? MaxInFlight(in LockScope held) => _places.MaxInFlight;

    /// <summary>Ends the hosts. The run has ended: nothing is in flight, or it has been given up.</summary>
    public void RetireHosts()
    {
        using (LockScope held = _state.Enter(out _))
        {
            _isEnded = true;
            RetireIfRunOut(_host, held);
        }
    }

    /// <summary>Returns the number of workers that is set.</summary>
    public int Count(in LockScope held) => _workers.Count;

    /// <summary>Returns the present workers, and the removed ones that still run.</summary>
    public IEnumerable<Worker> ToSee(in LockScope held) => _workers.ToSee;

    /// <summary>Returns all workers that have ever existed.</summary>
    public ReadOnlySpan<Worker> All(in LockScope held) => _workers.All;

    /// <summary>Returns how many items workers may hold or wait for their next attempt.</summary>
    public int Places(in LockScope held) => _placesNow;

    /// <summary>Takes the items whose user code does not end away from their workers.</summary>
    public List<Item> TakeAbandoned(in LockScope held)
    {
        List<Item> abandoned = [];
        foreach (Worker worker in _workers.All)
        {
            if (!worker.IsAlive || worker.Item is null || !worker.TryAbandon())
                continue;
            abandoned.Add(worker.Item);
            worker.Item = null;
            Attempts.Invalidate(worker, held);
        }

        return abandoned;
    }

    /// <summary>Gives back the place of an item that has left, before the worker waits for something else.</summary>
    public void GiveBackPlace(Worker worker)
    {
        using (LockScope held = _state.Enter(out _))
        {
            GiveBackPlace(worker, held);
            WakeIfNeeded(held);
        }
    }

    /// <summary>Takes a start permit for the worker's item. Returns false if it gets none: then the item waits, and the worker holds nothing any more.</summary>
    public bool TryStart(Worker worker, Item item, StartPermits starts, in LockScope held)
    {
        // A more urgent item may need the place.
        GiveBackPlace(worker, held);
        if (starts.TryTake(item, FreePlaces(_workers.Alive, held)))
        {
            worker.Permit = starts.Permits;
            worker.HoldsPlace = true;
            worker.ForgetTime();
            _state.PlacesInUse++;
            return true;
        }

        // An item that came with a place keeps it: it began before the run was resumed.
        if (item.Visit.HoldsPlace)
            _state.PlacesInUse++;
        item.Timing.Become(DeferralsLeft(_workers.Alive, held) > 0 ? Spending.Limit : Spending.Queue);
        // The line is full: in the front the item counts as waiting for a worker, so feeders and the stage before are held back.
        if (DeferralsLeft(_workers.Alive, held) > 0)
            starts.Deferred.Add(item);
        else if (item.Visit.HoldsPlace)
            _state.Queue.EnqueueReturning(item, item.Priority, item.Visit.Ticket);
        else
            _state.Queue.EnqueueAgain(item, item.Priority, item.Visit.Ticket);
        worker.Item = null;
        return false;
    }

    /// <summary>Gives back the place the worker holds, if there is one.</summary>
    public void GiveBackPlace(Worker worker, in LockScope held)
    {
        if (!worker.HoldsPlace)
            return;
        worker.HoldsPlace = false;
        _state.PlacesInUse--;
        Broken("place-never-given-back", ref _state.PlacesInUse, _state.PlacesInUse + 1);
    }

    /// <summary>Wakes a worker if needed: every change that could let an item start ends here.</summary>
    public void WakeIfNeeded(in LockScope held)
    {
        bool isNeeded = _waking is null && _workers.Alive < _workers.Count && CanTake(held) && !_isEnded;
        Broken("lost-wake-up", ref isNeeded, isNeeded && _workers.Alive == 0);
        if (!isNeeded)
            return;
        _waking = _host;
        if (_host.TryUnpark(out Waiter? parked))
            held.After.CompleteWait(parked, answer: true);
        else
            held.After.HostToActivate = _host;
    }

    /// <summary>Returns how many workers stay idle for items that wait because they were throttled.</summary>
    private int Idled(in LockScope held) => _places.IdlesForThrottled ? _state.Delayed.ThrottledCount : 0;

    private bool CanTake(in LockScope held)
    {
        if (_starts is not null)
            return _owner.MayStart(held) && _starts.CanTake(_state.Queue, FreePlaces(_workers.Alive + 1, held), DeferralsLeft(_workers.Alive + 1, held));
        return _state.Queue.Count != 0 && _owner.MayStart(held) && (_state.Queue.ReturningCount != 0 || FreePlaces(_workers.Alive + 1, held) > 0);
    }

    /// <summary>Returns how many items that need a place may be taken; none for a worker that is to stay idle. The worker that asks is active.</summary>
    private int FreePlaces(int alive, in LockScope held)
    {
        int places = _placesNow;
        Broken("place-given-twice", ref places, places + 1);
        return alive + Idled(held) > _workers.Count ? 0 : places - _state.PlacesInUse;
    }

    /// <summary>Returns how many more items may be held at a limit: the worker that asks leaves if it holds one.</summary>
    private int DeferralsLeft(int alive, in LockScope held) => _workers.Count - alive - Idled(held) - _starts!.Deferred.Count + 1;

    /// <summary>Gives back what the worker's last item held and takes the next item.</summary>
    /// <param name="worker">The worker as which the loop runs. Null before its first item: then the loop becomes a worker, if it is to be one.</param>
    /// <param name="host">The host of the loop.</param>
    /// <param name="wake">What the loop waits on if there is nothing to take: the answer is true once there is something, and false if the loop has to end.</param>
    /// <param name="item">The item.</param>
    /// <param name="outcome">Whether the worker may begin with the item at once.</param>
    /// <returns>False if the loop has to wait.</returns>
    public bool TryTake([NotNullWhen(true)] ref Worker? worker, WorkerHost host, Waiter wake, [NotNullWhen(true)] out Item? item, out Outcome outcome)
    {
        outcome = Outcome.None;
        item = null;
        long now = _starts is null ? 0 : _owner.StampForDeferred();
        using (LockScope held = _state.Enter(out _))
        {
            if (worker is null)
                worker = Join(host, held);
            else
                GiveBackPlace(worker, held);

            if (worker is not null)
            {
                bool isPermitFree = worker.Permit is not null;
                Broken("returned-permit-is-lost", ref isPermitFree, false);
                if (isPermitFree)
                    worker.GiveBackPermit();
                if (host == _host && _workers.MayStay(worker))
                    item = Dequeue(worker, now, held);
                if (item is not null)
                {
                    Step();
                    worker.Item = item;
                    worker.ForbidAbandon();
                }

                outcome = _owner.OnNext(worker, item, isPermitFree, held);
                if (item is null)
                    Leave(worker, host, held);
            }

            if (item is null)
            {
                Gap("left-in-two-sections", held);
                host.Park(wake);
                RetireIfRunOut(host, held);
            }

            Broken("baton-not-passed-on", ref _waking, host);
            WakeIfNeeded(held);
        }

        if (item is null)
            return false;
        Debug.Assert(worker is not null, "Only a worker takes an item.");
        Note(worker, item);
        return true;
    }

    // Outside the lock: reading an item that comes from another core takes time.
    private static void Note(Worker worker, Item item)
    {
        Step();
        worker.ItemId = item.Id;
        // Until an attempt begins; some items end without one.
        worker.Attempt.BeganAt = 0;
        // The item arrived after the worker ended its last one: the end of that one is too early for the beginning of this one.
        if (item.Visit.ReadyAt > worker.LastStamp)
            worker.ForgetTime();
    }

    private Worker? Join(WorkerHost host, in LockScope held)
    {
        _waking = null;
        Worker? worker = host == _host ? _workers.Join() : null;
        if (worker is not null)
            host.Loops++;
        return worker;
    }

    private void Leave(Worker worker, WorkerHost host, in LockScope held)
    {
        host.Loops--;
        _workers.Leave(worker);
    }

    /// <summary>Takes the most urgent item that may start, and a place for it unless it holds one.</summary>
    private Item? Dequeue(Worker worker, long now, in LockScope held)
    {
        if (_starts is not null)
            return _owner.MayStart(held) ? Dequeue(worker, _starts, now, held) : null;
        if (_state.Queue.Count == 0 || !_owner.MayStart(held))
            return null;
        return DequeueFromFront(worker, freshToo: FreePlaces(_workers.Alive, held) > 0);
    }

    private Item? DequeueFromFront(Worker worker, bool freshToo)
    {
        if (!freshToo)
        {
            // No place is free, or the worker stays idle: only an item that holds a place already may start.
            if (!_state.Queue.TryDequeueReturning(out Item returning))
                return null;
            worker.HoldsPlace = returning.Visit.HoldsPlace;
            return returning;
        }

        int fresh = _state.Queue.FreshCount;
        _state.Queue.TryDequeue(out Item item);
        // A returning item still holds its place, unless it never got one.
        if (_state.Queue.FreshCount != fresh || !item.Visit.HoldsPlace)
            _state.PlacesInUse++;
        worker.HoldsPlace = true;
        return item;
    }

    /// <summary>Takes the most urgent item that may start, where an item needs a permit to start: those that get none are held.</summary>
    private Item? Dequeue(Worker worker, StartPermits starts, long now, in LockScope held)
    {
        while (true)
        {
            int freePlaces = FreePlaces(_workers.Alive, held);
            bool takesFresh = starts.TakesFresh(freePlaces);
            StartChoice choice = starts.Choose(_state.Queue, freePlaces, DeferralsLeft(_workers.Alive, held), out Item item);
            Broken("held-at-a-limit-for-ever", ref choice, choice == StartChoice.StartDeferred ? StartChoice.None : choice);
            switch (choice)
            {
                case StartChoice.StartDeferred:
                    starts.Deferred.Remove(item);
                    if (!item.Visit.HoldsPlace)
                        _state.PlacesInUse++;
                    worker.HoldsPlace = true;
                    worker.ForgetTime();
                    worker.TakePermit(starts.Permits);
                    return item;
                case StartChoice.Start:
                    // The permit may have become free after the worker ended its last item, and nothing begins before that.
                    worker.ForgetTime();
                    worker.TakePermit(starts.Permits);
                    return DequeueFromFront(worker, takesFresh);
                case StartChoice.StartFree:
                    return DequeueFromFront(worker, takesFresh);
                case StartChoice.Defer:
                    _ = takesFresh ? _state.Queue.TryDequeue(out item) : _state.Queue.TryDequeueReturning(out item);
                    starts.Deferred.Add(item);
                    _owner.OnDeferred(item, now, held);
                    break;
                default:
                    return null;
            }
        }
    }

    private void RetireIfRunOut(WorkerHost host, in LockScope held)
    {
        bool isInUse = host == _host && !_isEnded;
        Broken("replaced-loops-are-not-told-to-end", ref isInUse, true);
        if (isInUse)
            return;
        while (host.TryUnpark(out Waiter? parked))
            held.After.CompleteWait(parked, answer: false);
        // Not while a loop is being woken: the activation may not be posted yet, and another worker may have ended the last item meanwhile.
        WorkerHost? waking = _waking;
        Broken("ended-while-a-wake-up-is-on-its-way", ref waking, null);
        if (host.Loops == 0 && waking != host)
            held.After.Retire = host;
    }

    /// <summary>Marks a step of an item: a seam of the faults build; compiled to nothing in every other build.</summary>
    static partial void Step();

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);

    /// <summary>A seam at which the faults build can leave a section and enter it again; compiled to nothing in every other build.</summary>
    static partial void Gap(string fault, in LockScope held);
}
