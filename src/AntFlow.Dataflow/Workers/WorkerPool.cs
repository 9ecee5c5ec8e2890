using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow;

/// <summary>A pool of workers behind a priority front: the one engine of stages and executors.</summary>
/// <remarks>
/// <para>A worker lives as long as a <em>loop</em> runs for it: takes the most urgent item, works on it, and goes on until there is nothing it may take. Then the loop is parked: it stays
/// in its block and waits, as no worker. Waking one is telling a parked loop, or posting an <em>activation</em> to the host if there is none. At most one loop is being woken
/// (<c>_waking</c>): it clears the flag, takes its item, and passes the baton on before user code runs.</para>
/// <para><b>The lock</b> (<see cref="Gate"/>) guards the front, the places, who is alive, the wake flag, the pause flags and whatever a subclass says it
/// does. Leaving a loop and waking one are decided in the section that saw the front, so no item is ever left without a worker. Nothing foreign is called under
/// it: what has to be done afterwards (answer slips, those of parked loops too, post an activation) is collected in an <see cref="Aftermath"/>. No other lock is taken under it.</para>
/// </remarks>
[DebuggerDisplay("{Name}: {Front.Count} waiting, {_workers.Alive} of {_workers.Count} workers alive, {_taken} of {PlacesNeedsLock} places")]
internal abstract class WorkerPool
{
    private readonly RunClock _clock;
    private readonly PlaceRule _places;
    private readonly bool _idlesForThrottled;
    private readonly WorkerRoster _workers;
    private WorkerHost _host;
    private WorkerHost? _waking;
    private bool _isEnded;

    // Side by side: each section of an item touches all of them, and what is apart comes from the other core apart.
    protected ShortLock Gate;
    private int _taken;
    protected PriorityFront<Item> Front = new();

    /// <summary>The items that wait for their next attempt.</summary>
    protected readonly WaitingRoom Waiting = new();

    protected WorkerPool(string name, RunClock clock, int workers, PlaceRule places)
    {
        Name = name;
        _clock = clock;
        _places = places;
        _idlesForThrottled = places.IdlesForThrottled;
        PlacesNeedsLock = places.PlacesFor(workers);
        _host = new WorkerHost(workers, RunLoopAsync, OnHostFault);
        _workers = new WorkerRoster(name);
        _workers.Resize(workers);
    }

    public string Name { get; }

    /// <summary>The degree of parallelism of the block that hosts the workers at present.</summary>
    public int HostDegree
    {
        get
        {
            using (Gate.EnterSection())
                return _host.Degree;
        }
    }

    /// <summary>The end of the block that hosts the workers at present.</summary>
    public Task HostCompletion
    {
        get
        {
            WorkerHost host;
            using (Gate.EnterSection())
                host = _host;
            return host.Completion;
        }
    }

    protected int WorkersNeedsLock => _workers.Count;

    /// <summary>The workers there are, and those taken away that still run.</summary>
    protected IEnumerable<Worker> WorkersToSeeNeedsLock => _workers.ToSee;

    /// <summary>All workers there have ever been.</summary>
    protected ReadOnlySpan<Worker> AllWorkersNeedsLock => _workers.All;

    /// <summary>How many attempts are past their time and have not ended.</summary>
    protected int OverdueNeedsLock { get; private set; }

    /// <summary>How many items may be in the hands of workers or wait for their next attempt.</summary>
    protected int PlacesNeedsLock { get; private set; }

    /// <summary>How many workers stay idle for items that wait because they were throttled.</summary>
    private int IdledNeedsLock => _idlesForThrottled ? Waiting.ThrottledCount : 0;

    /// <summary>Changes the number of workers. Raising acts before this returns; lowering as executions end.</summary>
    public void SetWorkers(int workers)
    {
        Aftermath after = default;
        var host = new WorkerHost(workers, RunLoopAsync, OnHostFault);
        using (Gate.EnterSection())
        {
            if (workers == _workers.Count || _isEnded)
            {
                after.Retire = host;
            }
            else
            {
                WorkerHost old = _host;
                _workers.Resize(workers);
                PlacesNeedsLock = _places.PlacesFor(workers);
                _host = host;
                RetireIfRunOutNeedsLock(old, ref after);
                WakeIfNeededNeedsLock(ref after);
            }
        }

        after.Perform();
    }

    /// <summary>Ends the hosts. The run is over: nothing is in flight, or it has been given up.</summary>
    public void End()
    {
        Aftermath after = default;
        using (Gate.EnterSection())
        {
            _isEnded = true;
            RetireIfRunOutNeedsLock(_host, ref after);
        }

        after.Perform();
    }

    /// <summary>An attempt is past its time. Ignored if it has ended.</summary>
    public void MarkOverdue(Worker worker, long attemptNumber)
    {
        using (Gate.EnterSection())
        {
            if (worker.AttemptNumber != attemptNumber || worker.IsOverdue)
                return;
            worker.IsOverdue = true;
            OverdueNeedsLock++;
        }
    }

    /// <summary>An attempt somebody may still refer to is over: its context and timer are dead from here on.</summary>
    public void EndAttempt(Worker worker)
    {
        using (Gate.EnterSection())
            EndAttemptNeedsLock(worker);
    }

    /// <summary>Takes the items whose user code does not end out of their workers' hands.</summary>
    protected List<Item> TakeAbandonedNeedsLock()
    {
        List<Item> abandoned = [];
        foreach (Worker worker in _workers.All)
        {
            if (!worker.IsAlive || worker.Item is null || !worker.TryAbandon())
                continue;
            abandoned.Add(worker.Item);
            worker.Item = null;
            EndAttemptNeedsLock(worker);
        }

        return abandoned;
    }

    /// <summary>Runs the loop of a worker in the block that hosts it, until the host is retired. Never throws.</summary>
    protected abstract Task<Activation> RunLoopAsync(Activation activation);

    /// <summary>The block that hosts the workers broke.</summary>
    protected abstract void OnHostFault(Exception error);

    /// <summary>Whether fresh and returning items may start at all: not while paused.</summary>
    protected abstract bool MayStartNeedsLock();

    /// <summary>The worker is done with its last item and has taken the next one, or none: what the last one held is free, and so is whoever waited for the next
    /// one to be taken.</summary>
    /// <returns>Whether the worker may begin with the next one at once.</returns>
    protected abstract Outcome OnNextNeedsLock(Worker worker, Item? next, ref Aftermath after);

    /// <summary>Gives back the place of an item that has left, before the worker waits for something else.</summary>
    protected void GiveBackPlace(Worker worker)
    {
        Aftermath after = default;
        using (Gate.EnterSection())
        {
            GiveBackPlaceNeedsLock(worker);
            WakeIfNeededNeedsLock(ref after);
        }

        after.Perform();
    }

    /// <summary>An item that waited outside the front (for its next attempt) has ended: its place is free.</summary>
    protected void FreePlacesNeedsLock(int count) => _taken -= count;

    /// <summary>Every change that could let an item start ends here.</summary>
    protected void WakeIfNeededNeedsLock(ref Aftermath after)
    {
        if (_waking is not null || _workers.Alive >= _workers.Count || !CanTakeNeedsLock() || _isEnded)
            return;
        _waking = _host;
        if (_host.TryUnpark(out WaitSlip? parked))
            after.Tell(parked, answer: true);
        else
            after.Wake = _host;
    }

    private bool CanTakeNeedsLock() =>
        Front.Count != 0 && MayStartNeedsLock() && (Front.ReturningCount != 0 || (_taken < PlacesNeedsLock && _workers.Alive + IdledNeedsLock < _workers.Count));

    /// <summary>Gives back what the worker's last item held and takes the next one.</summary>
    /// <param name="worker">The worker as which the loop runs. Null before its first item: then it becomes one, if it is to be.</param>
    /// <param name="host">The host of the loop.</param>
    /// <param name="wake">What the loop waits on if there is nothing to take: true once there is, false if it is to end.</param>
    /// <param name="item">The item.</param>
    /// <param name="outcome">Whether the worker may begin with the item at once.</param>
    /// <returns>False if the loop has to wait.</returns>
    public bool TryTake([NotNullWhen(true)] ref Worker? worker, WorkerHost host, WaitSlip wake, [NotNullWhen(true)] out Item? item, out Outcome outcome)
    {
        outcome = Outcome.None;
        item = null;
        Aftermath after = default;
        bool isFresh = false;
        using (Gate.EnterSection())
        {
            if (worker is null)
                worker = EnterNeedsLock(host);
            else
                GiveBackPlaceNeedsLock(worker);

            if (worker is not null)
            {
                if (host == _host && _workers.MayStay(worker))
                    item = DequeueNeedsLock(out isFresh);
                if (item is not null)
                {
                    Handicap.Carry();
                    worker.Item = item;
                    worker.ResetClaim();
                }

                outcome = OnNextNeedsLock(worker, item, ref after);
                if (item is null)
                    LeaveNeedsLock(worker, host);
            }

            if (item is null)
            {
                host.Park(wake);
                RetireIfRunOutNeedsLock(host, ref after);
            }

            WakeIfNeededNeedsLock(ref after);
        }

        after.Perform();
        if (item is null)
            return false;
        Debug.Assert(worker is not null, "Only a worker takes an item.");
        Open(worker, item, isFresh);
        return true;
    }

    // Outside the lock: an item that comes from another core takes its time to look at.
    private static void Open(Worker worker, Item item, bool isFresh)
    {
        Handicap.Carry();
        if (isFresh)
            item.HoldsPlace = true;
        worker.ItemId = item.Id;
        // Until an attempt begins, which some items do without.
        worker.Attempt.BeganAt = 0;
        // The item came while the worker was on its way here from its last one: the end of that is too early for its begin.
        if (item.ReadyAt > worker.LastStamp)
            worker.ForgetTime();
    }

    private Worker? EnterNeedsLock(WorkerHost host)
    {
        _waking = null;
        Worker? worker = host == _host ? _workers.Enter() : null;
        if (worker is not null)
            host.Loops++;
        return worker;
    }

    private void LeaveNeedsLock(Worker worker, WorkerHost host)
    {
        host.Loops--;
        _workers.Leave(worker);
    }

    private Item? DequeueNeedsLock(out bool isFresh)
    {
        isFresh = false;
        if (Front.Count == 0 || !MayStartNeedsLock())
            return null;
        // The worker that asks is alive itself.
        if (_taken >= PlacesNeedsLock || _workers.Alive + IdledNeedsLock > _workers.Count)
        {
            // No place is free, or the worker stays idle: only an item that holds a place already may start.
            return Front.TryDequeueReturning(out Item returning) ? returning : null;
        }

        int fresh = Front.FreshCount;
        Front.TryDequeue(out Item item);
        // One that returns holds its place still, unless it never got one.
        isFresh = Front.FreshCount != fresh || !item.HoldsPlace;
        if (isFresh)
            _taken++;
        return item;
    }

    private void EndAttemptNeedsLock(Worker worker)
    {
        worker.AttemptNumber++;
        worker.TaskStatus = null;
        if (worker.IsOverdue)
            OverdueNeedsLock--;
        worker.IsOverdue = false;
    }

    private void GiveBackPlaceNeedsLock(Worker worker)
    {
        if (!worker.OwesPlace)
            return;
        worker.OwesPlace = false;
        _taken--;
    }

    private void RetireIfRunOutNeedsLock(WorkerHost host, ref Aftermath after)
    {
        if (host == _host && !_isEnded)
            return;
        while (host.TryUnpark(out WaitSlip? parked))
            after.Tell(parked, answer: false);
        // Not while a loop is being woken: whoever decided on it may not have posted it yet, and another worker may have ended the last item meanwhile.
        if (host.Loops == 0 && _waking != host)
            after.Retire = host;
    }
}
