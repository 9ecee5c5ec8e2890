namespace AntFlow.Dataflow;

/// <summary>How calls come into an executor, and how it comes to its end.</summary>
/// <remarks>The lock of <see cref="WorkerPool"/> guards the tickets, the count of open calls, the maps among them and whether the executor is shut down as well: a call is let in, or refused, in
/// the section that looks at that. Calls are ended outside it.</remarks>
internal abstract class ExecutorIntake : RetryingPool
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<ExecutorCall> _maps = [];
    private long _tickets;
    private int _open;
    private bool _isShutDown;
    private bool _cancelsPending;
    private Exception? _fault;

    protected ExecutorIntake(int workers, RunClock clock, Action<Exception> onTimerFault)
        // A call that waits for its next attempt keeps no other one from beginning.
        : base("Executor", clock, workers, new PlaceRule(int.MaxValue), onTimerFault)
    {
        Clock = clock;
    }

    /// <summary>Ends once the executor is shut down and every call has ended.</summary>
    public Task Completion => _completion.Task;

    public LimitLines Limits { get; } = new();

    protected RunClock Clock { get; }

    protected ItemPool Items { get; } = new();

    /// <summary>Whether nothing begins any more that has not begun.</summary>
    public bool CancelsPending => Volatile.Read(ref _cancelsPending);

    /// <summary>Lets a call in. It keeps the executor going until <see cref="EndCall"/>.</summary>
    public void BeginCall()
    {
        Exception? closed;
        using (Section held = Gate.Enter(out _))
        {
            closed = WhyClosed(held);
            if (closed is null)
                _open++;
        }

        Throw(closed);
    }

    public void ThrowIfClosed()
    {
        Exception? closed;
        using (Section held = Gate.Enter(out _))
            closed = WhyClosed(held);
        Throw(closed);
    }

    /// <summary>Tells a map that was let in of a shutdown that cancels what is pending, also while it has no item here.</summary>
    public void Watch(ExecutorCall map)
    {
        bool isCanceled;
        using (Section held = Gate.Enter(out _))
        {
            isCanceled = _cancelsPending;
            _maps.Add(map);
        }

        if (isCanceled)
            map.CancelUnbegun();
    }

    /// <summary>A call that was let in has ended; a map, if it is one.</summary>
    public void EndCall(ExecutorCall? map = null)
    {
        bool isOver;
        using (Section held = Gate.Enter(out _))
        {
            if (map is not null)
                _maps.Remove(map);
            _open--;
            isOver = _isShutDown && _open == 0;
        }

        if (isOver)
            EndPool();
    }

    /// <summary>Puts an item of a call that was let in into the front.</summary>
    public void Add<T>(ExecutorCall call, T value, ref Item? spare, long index)
    {
        Item item = Items.Rent(ref spare);
        item.Value.Set(value);
        item.Priority = call.Terms.Priority;
        item.Sequence = index;
        bool isRefused;
        using (Section held = Gate.Enter(out _))
        {
            isRefused = _cancelsPending;
            if (!isRefused)
            {
                item.ArriveInStage(_tickets++);
                // What an item of a stage came in with is the call here.
                item.Input.Clear();
                item.Input.Set(call);
                item.Id = ItemId.Automatic(item.Ticket);
                Front.Enqueue(item, item.Priority, item.Ticket);
                WakeIfNeeded(held);
            }
        }

        if (isRefused)
            call.CancelUnbegun();
    }

    public void ReturnSpare(Item? spare) => Items.ReturnSpare(spare);

    /// <summary>Takes no further calls. What was let in goes on to its end, unless what no attempt runs for is to be canceled.</summary>
    public void ShutDown(bool cancelPending)
    {
        bool isOver;
        using (Section held = Gate.Enter(out _))
        {
            _isShutDown = true;
            isOver = _open == 0;
        }

        if (cancelPending)
            EndPending(static (call, _) => call.CancelUnbegun());
        if (isOver)
            EndPool();
    }

    public static ExecutorCall CallOf(Item item) => item.Input.Get<ExecutorCall>();

    /// <summary>The engine itself broke: nothing more begins, and every call that was let in has its end.</summary>
    public void Break(Exception error)
    {
        using (Section held = Gate.Enter(out _))
        {
            if (_fault is not null)
                return;
            _fault = error;
        }

        EndPending((call, item) => call.FailUnbegun(item, new InvalidOperationException("The executor is broken.", error)));
    }

    /// <summary>Ends whatever no attempt runs for, now and from now on.</summary>
    private void EndPending(Action<ExecutorCall, Item> end)
    {
        List<Item> pending = [];
        ExecutorCall[] maps;
        using (Section held = Gate.Enter(out _))
        {
            _cancelsPending = true;
            maps = [.. _maps];
            int places = 0;
            while (Front.TryDequeue(out Item item))
            {
                places += item.HoldsPlace ? 1 : 0;
                pending.Add(item);
            }

            while (Waiting.TryTakeAny(out Item item))
            {
                places++;
                pending.Add(item);
            }

            FreePlaces(places, held);
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

    private Exception? WhyClosed(in Section held) =>
        _fault is not null ? new InvalidOperationException("The executor is broken and takes no more calls.", _fault)
        : _isShutDown ? ExecutorShutdownException.Closed()
        : null;

    // Not in the section: the filters of a catch clause run before a section is left that it leaves.
    private static void Throw(Exception? closed)
    {
        if (closed is not null)
            throw closed;
    }

    private void EndPool()
    {
        EndTimer();
        End();
        _completion.TrySetResult();
    }
}
