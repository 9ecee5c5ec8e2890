namespace AntFlow.Dataflow;

/// <summary>A map: pulls from its source as far as its window allows, and has a call made of each value. It stands for all of them.</summary>
/// <remarks><b>The lock</b> (<see cref="Gate"/>) guards everything here and in the classes derived from it; nothing foreign is called under it. Once the map is stopped, items that have not begun are not waited
/// for: a worker that takes one later is sent away by <see cref="TryBegin"/>. The map has ended when nothing is pulled any more, no attempt runs, and, unless it was stopped, nothing is pending.</remarks>
internal abstract class MapCall<TIn, TOut> : ExecutorCall
{
    private readonly ExecutorPool _pool;
    private readonly MapSource<TIn> _source;
    private readonly CallForm<TIn, TOut> _form;
    private readonly CancellationTokenSource _cancel;
    private readonly CancellationToken _userToken;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WaitSlip _room = new();
    private readonly MapWindow _window;
    private CancellationTokenRegistration _registration;
    protected ShortLock Gate;
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

    /// <summary>Ends when the map has.</summary>
    protected Task Ended => _ended.Task;

    protected bool IsStopped(in Section held) => _isStopped;

    /// <summary>Why the map was stopped; null if it was not, or because its results are not wanted.</summary>
    protected Exception? Error(in Section held) => _error;

    protected long Pulled(in Section held) => _pulled;

    protected long Pending(in Section held) => _pending;

    /// <summary>How many values count as pulled ahead.</summary>
    protected abstract long Ahead(in Section held);

    /// <summary>Begins to pull. The call was let in by the pool.</summary>
    public void Start()
    {
        _pool.Watch(this);
        _registration = _userToken.UnsafeRegister(static map => ((MapCall<TIn, TOut>)map!).Stop(new OperationCanceledException(((MapCall<TIn, TOut>)map)._userToken)), this);
        // On the pool of threads: the source is foreign code and may take its time. It sees what the functions see, which is not what is there where a stream is read.
        if (Caller.Context is not { } context)
            ThreadPool.UnsafeQueueUserWorkItem(static map => _ = map.PullAsync(), this, preferLocal: false);
        else
            ExecutionContext.Run(context, static map => _ = Task.Run(((MapCall<TIn, TOut>)map!).PullAsync, CancellationToken.None), this);
    }

    public override bool TryBegin()
    {
        using (Section held = Gate.Enter(out _))
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
        Change((in Section held) =>
        {
            _running--;
            mayRest = !_isStopped;
        });
        return mayRest;
    }

    public override void Succeed(Item item) => EndItem(item, error: null);

    public override void Fail(Item item, Exception error) => EndItem(item, error);

    public override void CancelUnbegun() => Stop(ExecutorShutdownException.Canceled());

    /// <summary>Stops the map: nothing more begins, and what runs is told by its token. The first error is the one that counts.</summary>
    protected void Stop(Exception? error) => Change((in Section held) =>
    {
        if (!_isStopped)
            Stop(error, held);
    });

    protected void Stop(Exception? error, in Section held)
    {
        _isStopped = true;
        _error = error;
        ReleasePull(held);
        OnStop(held);
    }

    /// <summary>The window may have moved: what waits to pull goes on.</summary>
    protected void MoveWindow(in Section held)
    {
        if (_isWaitingForRoom && Ahead(held) <= _window.Low)
            ReleasePull(held);
    }

    /// <summary>No further value is wanted; the rest goes on to its end.</summary>
    protected void Close(in Section held)
    {
        _isClosed = true;
        ReleasePull(held);
    }

    /// <summary>Keeps the result of the value at this position.</summary>
    protected abstract void Keep(long index, TOut value, in Section held);

    /// <summary>The value at this position has failed.</summary>
    protected abstract void Fail(long index, Exception error, in Section held);

    /// <summary>The source has failed behind what was pulled.</summary>
    protected abstract void FailSource(Exception error, in Section held);

    /// <summary>Nothing more is pulled.</summary>
    protected abstract void OnPulled(in Section held);

    /// <summary>The map was stopped: what waits for results has to know.</summary>
    protected abstract void OnStop(in Section held);

    private void ReleasePull(in Section held)
    {
        if (!_isWaitingForRoom)
            return;
        _isWaitingForRoom = false;
        held.After.Tell(_room, answer: true);
    }

    private delegate void Step(in Section held);

    private void EndItem(Item item, Exception? error)
    {
        bool wasStopped;
        Consequence consequence;
        using (Section held = Gate.Enter(out _))
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
                    _source.Open(Token);
                while (!Token.IsCancellationRequested && await _source.MoveNextAsync().ConfigureAwait(false))
                {
                    // Foreign code: before the value is counted.
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

    private void EndPull(Exception? error) => Change((in Section held) =>
    {
        _isPulling = false;
        if (error is not null && !_isStopped)
            FailSource(error, held);
        OnPulled(held);
    });

    /// <summary>Counts a value that was pulled. False if no further one is wanted.</summary>
    private bool TryCount(out long index, out bool mustWait)
    {
        using (Section held = Gate.Enter(out _))
        {
            index = _pulled;
            mustWait = false;
            if (_isStopped || _isClosed)
                return false;
            _pulled++;
            _pending++;
            // Before it is put in: it may be done before this returns.
            mustWait = _isWaitingForRoom = Ahead(held) >= _window.Size;
            if (mustWait)
                _room.Reset();
            return true;
        }
    }

    /// <summary>Performs a section, and what follows from it.</summary>
    private void Change(Step step)
    {
        Consequence consequence;
        using (Section held = Gate.Enter(out _))
        {
            bool wasStopped = _isStopped;
            step(held);
            consequence = Conclude(wasStopped, held);
        }

        Follow(consequence);
    }

    private Consequence Conclude(bool wasStopped, in Section held) => new(
        IsStopped: _isStopped && !wasStopped,
        HasEnded: !_isPulling && _running == 0 && (_isStopped || _pending == 0));

    private void Follow(Consequence consequence)
    {
        // Registrations of users run on the pool of threads. What they throw is no result: it goes where the errors of tasks go that are not awaited.
        if (consequence.IsStopped)
            _ = _cancel.CancelAsync();
        if (consequence.HasEnded && _ended.TrySetResult())
        {
            _registration.Unregister();
            _pool.EndCall(this);
        }
    }

    /// <summary>What a section has led to: the map was stopped in it, or has ended.</summary>
    private readonly record struct Consequence(bool IsStopped, bool HasEnded);
}
