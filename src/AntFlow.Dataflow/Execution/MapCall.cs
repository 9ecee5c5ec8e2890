namespace AntFlow.Dataflow;

/// <summary>A map: it enumerates its source as far as its window allows, and makes a call for each value. One object represents all of these calls.</summary>
/// <remarks><b>The lock</b> (<see cref="Lock"/>) guards all fields here and in derived classes; no foreign code is called under it. A stopped map does not wait for items that have not started: a
/// worker that takes one later is turned away by <see cref="TryBegin"/>. The map has ended when the source is no longer enumerated, no attempt runs, and, unless it was stopped, nothing is
/// pending.</remarks>
internal abstract class MapCall<TIn, TOut> : ExecutorCall
{
    private readonly ExecutorPool _pool;
    private readonly MapSource<TIn> _source;
    private readonly CallForm<TIn, TOut> _form;
    private readonly CancellationTokenSource _cancel;
    private readonly CancellationToken _userToken;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Waiter _room = new();
    private readonly MapWindow _window;
    private CancellationTokenRegistration _registration;
    protected ShortLock Lock;
    private bool _isWaitingForRoom;
    private bool _isPulling = true;
    private bool _isClosed;
    private bool _isStopped;
    private Exception? _error;
    private long _pulled;
    private long _pending;
    private int _running;

    protected MapCall(MapPlan<TIn, TOut> plan)
        : base(plan.Terms, plan.Caller)
    {
        _pool = plan.Pool;
        _source = plan.Source;
        _form = plan.Form;
        _userToken = plan.CancellationToken;
        _window = plan.Window;
        _cancel = plan.Cancel;
    }

    public override CancellationToken Token => _cancel.Token;

    /// <summary>Completes when the map has ended.</summary>
    protected Task Ended => _ended.Task;

    protected bool IsStopped(in LockScope held) => _isStopped;

    /// <summary>The error that stopped the map; null if it was not stopped, or was stopped because its results are no longer wanted.</summary>
    protected Exception? Error(in LockScope held) => _error;

    protected long Pulled(in LockScope held) => _pulled;

    protected long Pending(in LockScope held) => _pending;

    /// <summary>The number of values that count as read ahead.</summary>
    protected abstract long Ahead(in LockScope held);

    /// <summary>Starts to enumerate the source. The pool has accepted the call.</summary>
    public void Start()
    {
        _pool.Watch(this);
        _registration = _userToken.UnsafeRegister(static map => ((MapCall<TIn, TOut>)map!).Stop(new OperationCanceledException(((MapCall<TIn, TOut>)map)._userToken)), this);
        // Runs on the thread pool: the source is foreign code and may take long. It runs in the context of the functions, not in the context in which the stream is read.
        if (Caller.Context is not { } context)
            ThreadPool.UnsafeQueueUserWorkItem(static map => _ = map.PullAsync(), this, preferLocal: false);
        else
            ExecutionContext.Run(context, static map => _ = Task.Run(((MapCall<TIn, TOut>)map!).PullAsync, CancellationToken.None), this);
    }

    public override bool TryBegin()
    {
        using (LockScope held = Lock.Enter(out _))
        {
            if (_isStopped)
                return false;
            _running++;
            return true;
        }
    }

    public override Outcome Run(Worker worker, Item item, CancellationToken cancellationToken, out PendingCall? pending) => Run(_form, worker, item, cancellationToken, out pending);

    public override bool TryRest()
    {
        bool mayRest = false;
        Change((in LockScope held) =>
        {
            _running--;
            mayRest = !_isStopped;
        });
        return mayRest;
    }

    public override void Succeed(Item item) => EndItem(item, error: null);

    public override void Fail(Item item, Exception error) => EndItem(item, error);

    public override void CancelUnbegun() => Stop(ExecutorShutdownException.Canceled());

    /// <summary>Stops the map: no further call starts, and the tokens of running calls are canceled. The first error is kept.</summary>
    protected void Stop(Exception? error) => Change((in LockScope held) =>
    {
        if (!_isStopped)
            Stop(error, held);
    });

    protected void Stop(Exception? error, in LockScope held)
    {
        _isStopped = true;
        _error = error;
        ReleasePull(held);
        OnStop(held);
    }

    /// <summary>Continues the enumeration if the window has moved.</summary>
    protected void MoveWindow(in LockScope held)
    {
        if (_isWaitingForRoom && Ahead(held) <= _window.Low)
            ReleasePull(held);
    }

    /// <summary>Ends the enumeration; calls that were made run to their end.</summary>
    protected void StopPulling(in LockScope held)
    {
        _isClosed = true;
        ReleasePull(held);
    }

    /// <summary>Keeps the result of the value at this position.</summary>
    protected abstract void Keep(long index, TOut value, in LockScope held);

    /// <summary>Handles the failure of the value at this position.</summary>
    protected abstract void Fail(long index, Exception error, in LockScope held);

    /// <summary>Handles a failure of the source after the values that were read.</summary>
    protected abstract void FailSource(Exception error, in LockScope held);

    /// <summary>Called when the source is no longer enumerated.</summary>
    protected abstract void OnPulled(in LockScope held);

    /// <summary>Called when the map is stopped, so that a wait for results ends.</summary>
    protected abstract void OnStop(in LockScope held);

    private void ReleasePull(in LockScope held)
    {
        if (!_isWaitingForRoom)
            return;
        _isWaitingForRoom = false;
        held.After.CompleteWait(_room, answer: true);
    }

    private delegate void Step(in LockScope held);

    private void EndItem(Item item, Exception? error)
    {
        bool wasStopped;
        Consequence consequence;
        using (LockScope held = Lock.Enter(out _))
        {
            wasStopped = _isStopped;
            _running--;
            _pending--;
            if (!wasStopped && error is null)
                Keep(item.Sequence, item.Value.Get<TOut>(), held);
            else if (!wasStopped)
                Fail(item.Sequence, error!, held);
            MoveWindow(held);
            consequence = Conclude(wasStopped, held);
        }

        Follow(consequence);
    }

    private async Task PullAsync()
    {
        Item? spare = null;
        Exception? error = null;
        try
        {
            await using (_source.ConfigureAwait(false))
            {
                if (!Token.IsCancellationRequested)
                    _source.Initialize(Token);
                while (!Token.IsCancellationRequested && await _source.MoveNextAsync().ConfigureAwait(false))
                {
                    // Foreign code, and therefore before the value is counted.
                    TIn value = _source.Current;
                    if (!TryCount(out long index, out bool mustWait))
                        break;
                    _pool.Add(this, value, ref spare, index);
                    if (mustWait)
                        await _room.WaitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        _pool.ReturnSpare(spare);
        EndPull(error);
    }

    private void EndPull(Exception? error) => Change((in LockScope held) =>
    {
        _isPulling = false;
        if (error is not null && !_isStopped)
            FailSource(error, held);
        OnPulled(held);
    });

    /// <summary>Counts a value that was read. Returns false if no further value is wanted.</summary>
    private bool TryCount(out long index, out bool mustWait)
    {
        using (LockScope held = Lock.Enter(out _))
        {
            index = _pulled;
            mustWait = false;
            if (_isStopped || _isClosed)
                return false;
            _pulled++;
            _pending++;
            // Counted before it is added, because its call may end before the add returns.
            mustWait = _isWaitingForRoom = Ahead(held) >= _window.Size;
            if (mustWait)
                _room.Reset();
            return true;
        }
    }

    /// <summary>Performs a section and then its consequences.</summary>
    private void Change(Step step)
    {
        Consequence consequence;
        using (LockScope held = Lock.Enter(out _))
        {
            bool wasStopped = _isStopped;
            step(held);
            consequence = Conclude(wasStopped, held);
        }

        Follow(consequence);
    }

    private Consequence Conclude(bool wasStopped, in LockScope held) => new(
        IsStopped: _isStopped && !wasStopped,
        HasEnded: !_isPulling && _running == 0 && (_isStopped || _pending == 0));

    private void Follow(Consequence consequence)
    {
        // Callbacks that users registered run on the thread pool. An exception of theirs is no result: it is reported like an unobserved task exception.
        if (consequence.IsStopped)
            _ = _cancel.CancelAsync();
        if (consequence.HasEnded && _ended.TrySetResult())
        {
            _registration.Unregister();
            _pool.EndCall(this);
        }
    }

    /// <summary>The consequences of a section: the map was stopped in it, or has ended.</summary>
    private readonly record struct Consequence(bool IsStopped, bool HasEnded);
}
