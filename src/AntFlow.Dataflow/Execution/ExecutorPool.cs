using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>The pool of an executor: accepts calls and shuts down.</summary>
/// <remarks>The lock of <see cref="PoolState"/> also guards the number of open calls, the maps among them, and whether the executor is shut down. A call is accepted or refused in the section that
/// checks this. Calls are ended outside the lock.</remarks>
internal sealed partial class ExecutorPool : IPoolOwner
{
    private readonly PoolState _state = new();
    private readonly PoolRetries _retries;
    private readonly ExecutorLoop _loop;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<ExecutorCall> _maps = [];
    private int _activeCalls;
    private bool _isShutDown;
    private bool _cancelsPending;
    private Exception? _fault;

    private ExecutorPool(int workers, RunClock clock)
    {
        // A call that waits for its next attempt does not prevent others from starting.
        Workers = new WorkerPool("Executor", _state, this, workers, new PlaceRule(int.MaxValue));
        _retries = new PoolRetries(_state, Workers, clock, Break);
        _loop = new ExecutorLoop(this, clock);
    }

    /// <summary>The workers.</summary>
    public WorkerPool Workers { get; }

    /// <summary>Completes once the executor is shut down and every call has ended.</summary>
    public Task Completion => _completion.Task;

    public LimitLines Limits { get; } = new();

    private ItemPool Items { get; } = new();

    /// <summary>Whether calls that have not started are no longer started.</summary>
    public bool CancelsPending => Volatile.Read(ref _cancelsPending);

    public static ExecutorPool Start(int workers, TimeProvider time)
    {
        ExecutorPool? pool = null;
        var clock = new RunClock(time) { OnFault = error => pool!.Break(error) };
        return pool = new ExecutorPool(workers, clock);
    }

    /// <summary>Accepts a call. The executor does not complete until <see cref="EndCall"/>.</summary>
    public void BeginCall()
    {
        Exception? closed;
        using (LockScope held = _state.Enter(out _))
        {
            closed = WhyClosed(held);
            if (closed is null)
                _activeCalls++;
        }

        Throw(closed);
    }

    public void ThrowIfClosed()
    {
        Exception? closed;
        using (LockScope held = _state.Enter(out _))
            closed = WhyClosed(held);
        Throw(closed);
    }

    /// <summary>Registers an accepted map, so that a shutdown that cancels pending calls stops it even while it has no item here.</summary>
    public void Watch(ExecutorCall map)
    {
        bool isCanceled;
        using (LockScope held = _state.Enter(out _))
        {
            isCanceled = _cancelsPending;
            _maps.Add(map);
        }

        if (isCanceled)
            map.CancelUnbegun();
    }

    /// <summary>Ends an accepted call; the argument is the map, if the call is one.</summary>
    public void EndCall(ExecutorCall? map = null)
    {
        bool isOver;
        using (LockScope held = _state.Enter(out _))
        {
            if (map is not null)
                _maps.Remove(map);
            _activeCalls--;
            isOver = _isShutDown && _activeCalls == 0;
            Broken("last-call-does-not-end-the-executor", ref isOver, false);
        }

        if (isOver)
            RetireWorkers();
    }

    /// <summary>Adds an item of an accepted call to the front.</summary>
    public void Add<T>(ExecutorCall call, T value, ref Item? spare, long index)
    {
        Item item = Items.Rent(ref spare);
        item.Value.Set(value);
        item.Call = call;
        item.Priority = call.Terms.Priority;
        item.Sequence = index;
        bool isRefused;
        using (LockScope held = _state.Enter(out _))
        {
            isRefused = _cancelsPending;
            if (!isRefused)
            {
                item.ArriveInStage(_state.DrawTicket());
                item.Id = ItemId.Automatic(item.Visit.Ticket);
                _state.Queue.Enqueue(item, item.Priority, item.Visit.Ticket);
                Workers.WakeIfNeeded(held);
            }
        }

        if (isRefused)
            call.CancelUnbegun();
    }

    public void ReturnSpare(Item? spare) => Items.ReturnSpare(spare);

    /// <summary>Shuts the pool down. Accepted calls run to their end, unless those that no attempt runs for are to be canceled.</summary>
    public void ShutDown(bool cancelPending)
    {
        bool isOver;
        using (LockScope held = _state.Enter(out _))
        {
            _isShutDown = true;
            isOver = _activeCalls == 0;
        }

        if (cancelPending)
            EndPending(static (call, _) => call.CancelUnbegun());
        if (isOver)
            RetireWorkers();
    }

    /// <summary>Puts an item into the waiting room for its next attempt. Returns false if no attempt starts any more.</summary>
    public bool Delay(Worker worker, Item item, long dueAt)
    {
        bool mayWait;
        bool isNext;
        using (LockScope held = _state.Enter(out _))
        {
            mayWait = !CancelsPending;
            worker.Item = null;
            isNext = mayWait && _retries.Delay(worker, item, dueAt, held);
        }

        if (isNext)
            _retries.ArmTimer();
        return mayWait;
    }

    /// <summary>Ends the item that the worker has.</summary>
    public void EndItem(Worker worker, Item item)
    {
        worker.Item = null;
        Items.Return(item);
    }

    public Task<Activation> RunLoopAsync(Activation activation) => _loop.RunAsync(activation);

    public void OnHostFault(Exception error) => Break(error);

    public bool MayStart(in LockScope held) => true;

    public Outcome OnNext(Worker worker, Item? next, bool isPermitFree, in LockScope held) => Outcome.None;

    public void OnDeferred(Item item, long now, in LockScope held) => throw new NotSupportedException("Calls need no start permit.");

    public long StampForDeferred() => 0;

    public static ExecutorCall CallOf(Item item) => Unsafe.As<ExecutorCall>(item.Call!);

    /// <summary>Ends the pool after an error of the engine: no attempt starts any more, and every accepted call is ended.</summary>
    public void Break(Exception error)
    {
        using (LockScope held = _state.Enter(out _))
        {
            if (_fault is not null)
                return;
            _fault = error;
        }

        EndPending((call, item) => call.FailUnbegun(item, new InvalidOperationException("The executor is broken.", error)));
    }

    /// <summary>Ends every item that no attempt runs for, now and from now on.</summary>
    private void EndPending(Action<ExecutorCall, Item> end)
    {
        List<Item> pending = [];
        ExecutorCall[] maps;
        using (LockScope held = _state.Enter(out _))
        {
            _cancelsPending = true;
            maps = [.. _maps];
            Broken("idle-map-does-not-hear-of-a-shutdown", ref maps, []);
            int places = 0;
            while (_state.Queue.TryDequeue(out Item item))
            {
                places += item.Visit.HoldsPlace ? 1 : 0;
                pending.Add(item);
            }

            while (_state.Delayed.TryTakeAny(out Item item))
            {
                places++;
                pending.Add(item);
            }

            _state.PlacesInUse -= places;
        }

        Limits.CloseAll();
        foreach (ExecutorCall map in maps)
            map.CancelUnbegun();
        foreach (Item item in pending)
        {
            end(CallOf(item), item);
            Items.Return(item);
        }
    }

    private Exception? WhyClosed(in LockScope held) =>
        _fault is not null ? new InvalidOperationException("The executor is broken and takes no more calls.", _fault)
        : _isShutDown ? ExecutorShutdownException.Closed()
        : null;

    // Not within the section: the filters of a catch clause run before the stack is unwound, and so before the section is left.
    private static void Throw(Exception? closed)
    {
        if (closed is not null)
            throw closed;
    }

    private void RetireWorkers()
    {
        _retries.DisableTimer();
        Workers.RetireHosts();
        _completion.TrySetResult();
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
