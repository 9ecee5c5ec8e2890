namespace AntFlow.Dataflow;

/// <summary>Where items end: makes their results, counts them, and keeps them for the report or the reader.</summary>
/// <remarks><b>The lock</b> guards everything here; it comes last in a snapshot's order. Nothing foreign is called under it; slips are answered, and the end of the run is
/// told, after it is left. <c>_ended == accepted</c> is only asked once the run is sealed, when no further item can be accepted. A reader that keeps up fetches several
/// results at once (<see cref="ReadAhead{T}"/>, which is its own); they stay within its bound, and count as unread. An outlet (<see cref="IResultOutlet{TOut}"/>) gets its results
/// under the lock, in the section that adds them or in one of its own: a short lock of its own is the only one taken under this one.</remarks>
internal sealed class ResultSink<TOut> : IItemTarget
{
    private ShortLock _lock;
    private readonly RunState _run;
    private readonly string _lastStage;
    private readonly ItemPool _pool;
    private readonly Action _onEmpty;
    private readonly int _bound;
    private readonly ResultRing<PipelineResult<TOut>> _ring = new();
    private readonly ResultOrder<PipelineResult<TOut>>? _order;
    private readonly Section _sendOn;
    private readonly List<WaitSlip> _workers = [];
    private readonly WaitSlip _reader = new(isReader: true);
    private readonly ReadAhead<PipelineResult<TOut>> _ahead;
    private IResultOutlet<TOut>? _outlet;
    private ResultMode _mode;
    private bool _isReaderWaiting;
    private bool _isLifted;
    private bool _isSealed;
    private bool _isFinished;
    private long _arrived;
    private long _arrivedSkipped;
    private long _arrivedFromStore;
    private long _restored;
    private long _ended;

    public ResultSink(RunState run, string lastStage, ItemPool pool, ResultMode mode, int bound, bool inOrder, Action onEmpty)
    {
        _run = run;
        _lastStage = lastStage;
        _pool = pool;
        _mode = mode;
        _bound = bound;
        _ahead = new ReadAhead<PipelineResult<TOut>>(Math.Clamp(bound / 8, 1, 64));
        _onEmpty = onEmpty;
        _sendOn = SendOnNeedsLock;
        _order = inOrder ? new ResultOrder<PipelineResult<TOut>>() : null;
    }

    public long ArrivedFromStage => _arrived;

    public long ArrivedSkipped => _arrivedSkipped;

    public long ArrivedFromStore => _arrivedFromStore;

    public int WaitingWorkers => _workers.Count;

    /// <summary>How the reader's progress is told, where results are read in order and the feeders wait for it.</summary>
    public Action? OnRead { get; set; }

    /// <summary>Whether a result waits for the reader.</summary>
    public bool HasUnread
    {
        get
        {
            using (_lock.EnterSection())
                return UnreadNeedsLock > 0;
        }
    }

    /// <summary>Whether there may be results to read. No lock: false may be a moment old.</summary>
    public bool MayHaveUnread => _ring.Count > 0 || _ahead.Count > 0;

    private bool IsFull => _mode == ResultMode.Read && !_isLifted && _order is null && UnreadNeedsLock > _bound;

    private bool IsDropping => _mode == ResultMode.Drop && _order is null;

    private int UnreadNeedsLock => _ring.Count + _ahead.Count;

    /// <summary>Takes an item into the run that has passed all stages in an earlier life.</summary>
    /// <param name="item">The item, with its value.</param>
    /// <param name="slip">What the feeder can wait on for the reader.</param>
    /// <param name="mustWait">Whether the reader is too far behind for the feeder to go on.</param>
    /// <returns>Whether it was accepted: not once the run is closing.</returns>
    public Acceptance Restore(Item item, WaitSlip? slip, out bool mustWait)
    {
        Aftermath after = default;
        item.AcceptedAt = _run.Clock.Now;
        mustWait = false;
        bool isEmpty;
        using (_lock.EnterSection())
        {
            if (_run.Closing != Closing.No)
                return Acceptance.Closed;
            item.Record!.Sequence = item.Sequence = _run.DrawSequence();
            _restored++;
            mustWait = AddNeedsLock(IsDropping ? null : Succeed(item, item.AcceptedAt), isSuccess: true, slip, ref after) is not null;
            isEmpty = IsEmptyNeedsLock();
        }

        _run.TellRestored(item);
        _pool.Return(item);
        after.Perform();
        if (isEmpty)
            _onEmpty();
        return Acceptance.Accepted;
    }

    public WaitSlip? WaitForRoom(WaitSlip slip, int most) => WaitForRoom(slip);

    /// <summary>Asks for room for a result that comes later.</summary>
    public WaitSlip? WaitForRoom(WaitSlip slip)
    {
        using (_lock.EnterSection())
            return LineUpNeedsLock(slip);
    }

    /// <summary>Takes a feeder that no longer wants to wait off the line.</summary>
    public bool StopWaiting(WaitSlip slip)
    {
        using (_lock.EnterSection())
            return _workers.Remove(slip);
    }

    public WaitSlip? Arrive(Worker? worker, Item item, bool skipped, long stamp)
    {
        // Not made where it will not be seen; whether a reader begins in this very moment is asked again under the lock.
        PipelineResult<TOut>? result = IsDropping ? null : Succeed(item, stamp);
        Aftermath after = default;
        bool isEmpty;
        WaitSlip? slip;
        using (_lock.EnterSection())
        {
            worker?.Item = null;
            _arrived++;
            if (worker is null)
                _arrivedFromStore++;
            if (skipped)
                _arrivedSkipped++;
            slip = AddNeedsLock(IsDropping ? null : result ?? Succeed(item, stamp), isSuccess: true, worker?.Slip, ref after);
            isEmpty = IsEmptyNeedsLock();
        }

        if (worker is null)
            _pool.Return(item);
        else
            _pool.Return(item, ref worker.InHand);
        after.Perform();
        if (isEmpty)
            _onEmpty();
        return slip;
    }

    /// <summary>Ends an item that has not passed all stages. It was counted by its stage.</summary>
    public bool Conclude(Item item, in Conclusion conclusion, WaitSlip? slip)
    {
        TimeSpan elapsed = _run.Clock.Between(item.AcceptedAt, _run.Clock.Now);
        var details = new PipelineResult<TOut>.Unsuccessful(
            conclusion.Status, conclusion.Error, conclusion.Stage.Definition.BoxInput(item), conclusion.WasAbandoned);
        var result = new PipelineResult<TOut>(item.Id, item.Sequence, conclusion.Stage.Name, item.Attempt, item.Metadata, elapsed)
        {
            Details = details,
        };
        Aftermath after = default;
        bool isEmpty;
        bool mustWait;
        using (_lock.EnterSection())
        {
            mustWait = AddNeedsLock(result, isSuccess: false, slip, ref after) is not null;
            isEmpty = IsEmptyNeedsLock();
        }

        // The late body of an abandoned item still writes to its envelope.
        if (!conclusion.WasAbandoned)
            _pool.Return(item);
        after.Perform();
        if (isEmpty)
            _onEmpty();
        return mustWait;
    }

    public void EnterLock() => _lock.Enter();

    public void ExitLock() => _lock.Exit();

    public ResultCounts CountNeedsLock() => new(_arrived + _restored, _ring.Blocked);

    /// <summary>From now on results are for a reader; those collected so far are the first it gets.</summary>
    public void BeginReading()
    {
        using (_lock.EnterSection())
            _mode = ResultMode.Read;
    }

    /// <summary>Takes the next result, if there is one. Called by the reader.</summary>
    public bool TryRead(out PipelineResult<TOut> result)
    {
        // Without the lock only while nothing is blocked: otherwise every result that is read lets another one end.
        if (_ring.Blocked > 0 || !_ahead.TryTake(out result))
            return TryFetch(out result);
        OnRead?.Invoke();
        return true;
    }

    private bool TryFetch(out PipelineResult<TOut> result)
    {
        Aftermath after = default;
        bool isEmpty;
        bool isTaken;
        using (_lock.EnterSection())
        {
            int blocked = _ring.Blocked;
            isTaken = _ahead.TryTake(out result) || _ring.TryTake(_bound, out result);
            // Beside an outlet, what the reader leaves behind has to go there.
            if (_mode == ResultMode.Read && blocked == 0 && _outlet is null)
            {
                while (_ahead.Count < _ahead.Size - 1 && _ring.TryTake(_bound, out PipelineResult<TOut> next))
                    _ahead.Add(next);
            }

            _ring.UnblockBefore(_bound - _ahead.Count);
            _ended += blocked - _ring.Blocked;
            isEmpty = isTaken && IsEmptyNeedsLock();
            ReleaseWorkersIfLowNeedsLock(ref after);
            after.Call = isTaken ? _outlet?.OnLeft : null;
        }

        // First: an outlet lets in whom the window has room for now.
        if (isTaken)
            OnRead?.Invoke();
        after.Perform();
        if (isEmpty)
            _onEmpty();
        return isTaken;
    }

    /// <summary>Waits until there is a result, or there will be none any more (false).</summary>
    /// <param name="cancellationToken">The token whose canceling wakes the reader: asked again in the section that lets it wait, or the wake could come too early.</param>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        using (_lock.EnterSection())
        {
            if (UnreadNeedsLock > 0 || cancellationToken.IsCancellationRequested)
                return new ValueTask<bool>(true);
            if (_isFinished)
                return new ValueTask<bool>(false);
            _reader.Reset();
            _isReaderWaiting = true;
        }

        return _reader.WaitAsync();
    }

    /// <summary>From now on results go on to an outlet by themselves, as far as it has room; those that are there already are the first.</summary>
    public void SendTo(IResultOutlet<TOut> outlet)
    {
        using (_lock.EnterSection())
            _outlet = outlet;
        SendOn();
    }

    /// <summary>The outlet has room again, or drops what it gets.</summary>
    public void SendOn() => PerformAndEnd(_sendOn);

    /// <summary>Ends a wait of the reader, because it was canceled.</summary>
    public void WakeReader() => Perform((ref Aftermath after) => ReleaseReaderNeedsLock(answer: true, ref after));

    /// <summary>The run is canceled: a slow reader holds nothing back any more.</summary>
    public void Lift() => PerformAndEnd((ref Aftermath after) =>
    {
        _isLifted = true;
        _ended += _ring.Blocked;
        _ring.UnblockAll();
        ReleaseWorkersNeedsLock(ref after);
    });

    /// <summary>Nothing more can be accepted: from now on the run is over once every accepted item has ended.</summary>
    public void Seal() => PerformAndEnd((ref Aftermath after) => _isSealed = true);

    /// <summary>The run is over. Gives the results that were collected, in input order.</summary>
    public IReadOnlyList<PipelineResult<TOut>> Finish()
    {
        List<PipelineResult<TOut>> results = [];
        Perform((ref Aftermath after) =>
        {
            _isFinished = true;
            if (_mode == ResultMode.Collect)
                // They stay for a reader, too: one who asks only now must not find nothing because the run was quick.
                results = _ring.ToList();
            ReleaseReaderNeedsLock(UnreadNeedsLock > 0, ref after);
            ReleaseWorkersNeedsLock(ref after);
        });
        results.Sort(static (left, right) => left.Sequence.CompareTo(right.Sequence));
        return results;
    }

    private delegate void Section(ref Aftermath after);

    private void Perform(Section section)
    {
        Aftermath after = default;
        using (_lock.EnterSection())
            section(ref after);
        after.Perform();
    }

    // A section after which the run may be over.
    private void PerformAndEnd(Section section)
    {
        Aftermath after = default;
        bool isEmpty;
        using (_lock.EnterSection())
        {
            section(ref after);
            isEmpty = IsEmptyNeedsLock();
        }

        after.Perform();
        if (isEmpty)
            _onEmpty();
    }

    private PipelineResult<TOut> Succeed(Item item, long stamp) =>
        new(item.Id, item.Sequence, _lastStage, item.Attempt, item.Metadata, _run.Clock.Between(item.AcceptedAt, stamp)) { Value = item.Value.Get<TOut>() };

    private WaitSlip? AddNeedsLock(PipelineResult<TOut>? result, bool isSuccess, WaitSlip? slip, ref Aftermath after)
    {
        if (result is null || IsDropping)
        {
            _ended++;
            return null;
        }

        if (_order is not null)
        {
            // The feeders wait for the reader; a worker never does, or the result the reader needs next might never come.
            _ended++;
            _order.Add(result.Sequence, result);
            while (_order.TryTakeNext(out PipelineResult<TOut> next))
                _ring.Add(next, isBlocked: false);
            if (_ring.Count > 0)
                ReleaseReaderNeedsLock(answer: true, ref after);
            SendOnNeedsLock(ref after);
            return null;
        }

        bool isBlocked = isSuccess && _mode == ResultMode.Read && !_isLifted && UnreadNeedsLock >= _bound;
        _ring.Add(result, isBlocked);
        if (!isBlocked)
            _ended++;
        ReleaseReaderNeedsLock(answer: true, ref after);
        SendOnNeedsLock(ref after);
        return slip is null ? null : LineUpNeedsLock(slip);
    }

    // What was added is in the ring before the outlet is asked for room: what makes room there after the outlet has refused finds it here.
    private void SendOnNeedsLock(ref Aftermath after)
    {
        if (_outlet is null || _ring.Count == 0)
            return;
        int blocked = _ring.Blocked;
        while (_ring.Count > 0 && _outlet.TryAdd(_ring.First))
        {
            _ring.TryTake(_bound, out _);
            after.Call = _outlet.OnLeft;
        }

        _ended += blocked - _ring.Blocked;
        ReleaseWorkersIfLowNeedsLock(ref after);
    }

    private WaitSlip? LineUpNeedsLock(WaitSlip slip)
    {
        if (!IsFull)
            return null;
        slip.ResetForRoom();
        _workers.Add(slip);
        return slip;
    }

    private bool IsEmptyNeedsLock() => _isSealed && _ended == _run.Accepted;

    private void ReleaseReaderNeedsLock(bool answer, ref Aftermath after)
    {
        if (!_isReaderWaiting)
            return;
        _isReaderWaiting = false;
        after.Tell(_reader, answer);
    }

    private void ReleaseWorkersIfLowNeedsLock(ref Aftermath after)
    {
        if (UnreadNeedsLock <= _bound / 2)
            ReleaseWorkersNeedsLock(ref after);
    }

    private void ReleaseWorkersNeedsLock(ref Aftermath after)
    {
        foreach (WaitSlip slip in _workers)
            after.TellOfRoom(slip);
        _workers.Clear();
    }
}
