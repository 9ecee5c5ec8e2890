namespace AntFlow.Dataflow;

/// <summary>The end of the way of an item: creates the results, counts them, and keeps them for the report or the reader.</summary>
/// <remarks><b>The lock</b> guards all fields; it is the last one in the lock order of a snapshot. No foreign code is called under it: waiters are answered and the end of the run is reported after
/// it is released. The number of items that will end (<see cref="RunState.Expected"/>) is read only after the run is sealed, when no further item can be accepted. The
/// <see cref="ResultBuffer{TResult}"/> decides how a result is used. A reader that keeps up fetches several results at once into its own <see cref="ReadAhead{T}"/>; they stay within its bound, and
/// count as unread. An outlet (<see cref="IResultOutlet{TOut}"/>) gets its results under the lock, in the section that adds them or in a separate one. Only a short lock of the outlet may be taken
/// under this one.</remarks>
internal sealed partial class ResultSink<TOut> : IItemTarget
{
    private ShortLock _lock;
    private readonly RunState _run;
    private readonly ItemPool _pool;
    private readonly Action _onEmpty;
    private readonly Change _sendOn;
    private readonly List<Waiter> _workers = [];
    private readonly Waiter _reader = new(isReader: true);
    private ResultBuffer<PipelineResult<TOut>> _buffer;
    private IResultOutlet<TOut>? _outlet;
    private bool _isReaderWaiting;
    private bool _isSealed;
    private bool _isFinished;
    private StageLink[] _ways = [];
    private long _restored;
    private int _telling;

    public ResultSink(RunState run, ItemPool pool, ResultMode mode, int bound, bool inOrder, Action onEmpty)
    {
        _run = run;
        _pool = pool;
        _buffer = new ResultBuffer<PipelineResult<TOut>>(mode, bound, inOrder);
        _onEmpty = onEmpty;
        _sendOn = SendOn;
    }

    /// <summary>Called when the reader advances, if results are read in order and the feeders wait for it.</summary>
    public Action? OnRead { get; set; }

    /// <summary>Whether a result is waiting for the reader.</summary>
    public bool HasUnread
    {
        get
        {
            using (LockScope held = _lock.Enter(out _))
                return _buffer.Unread > 0;
        }
    }

    /// <summary>Whether there may be results to read. Uses no lock, so false may be slightly outdated.</summary>
    public bool MayHaveUnread => _buffer.MayHaveUnread;

    /// <summary>Accepts an item that has passed all stages before this run was resumed.</summary>
    /// <param name="item">The item, with its value.</param>
    /// <param name="stage">The last stage it passed.</param>
    /// <param name="waiter">What the feeder waits on for the reader.</param>
    /// <param name="mustWait">Whether the reader is too far behind for the feeder to continue.</param>
    /// <returns>Whether the item was accepted: it is not once the run is closing.</returns>
    public Acceptance Restore(Item item, PipelineStage stage, Waiter? waiter, out bool mustWait)
    {
        item.AcceptedAt = _run.Clock.Now;
        mustWait = false;
        using (LockScope held = _lock.Enter(out _))
        {
            if (_run.Closing != Closing.No)
                return Acceptance.Closed;
            _telling++;
            item.Record!.Sequence = item.Sequence = _run.DrawSequence();
            _restored++;
            mustWait = Add(_buffer.IsDropping ? null : Succeed(item, stage.Name, item.AcceptedAt), isSuccess: true, waiter, held) is not null;
            // A reader that wakes up must find that the observers have seen the item.
            held.After.First = () => _run.NotifyRestored(item, stage.Index);
        }

        _pool.Return(item);
        bool isEmpty;
        using (LockScope held = _lock.Enter(out _))
        {
            _telling--;
            isEmpty = IsEmpty(held);
        }

        if (isEmpty)
            _onEmpty();
        return Acceptance.Accepted;
    }

    public Waiter? WaitForRoom(Waiter waiter, int most) => WaitForRoom(waiter);

    /// <summary>Requests room for a later result.</summary>
    public Waiter? WaitForRoom(Waiter waiter)
    {
        using (LockScope held = _lock.Enter(out _))
            return LineUp(waiter, held);
    }

    /// <summary>Removes a feeder that no longer waits from the line.</summary>
    public bool StopWaiting(Waiter waiter)
    {
        using (LockScope held = _lock.Enter(out _))
            return _workers.Remove(waiter);
    }

    public StageLink Connect(string from)
    {
        var way = new StageLink(this, new LinkTally(), from);
        _ways = [.. _ways, way];
        return way;
    }

    public Waiter? Arrive(StageLink via, Worker? worker, Item item, bool isSkipped, long stamp)
    {
        // No result is created if it will not be read. Whether a reader starts at this moment is checked again under the lock.
        PipelineResult<TOut>? result = _buffer.IsDropping ? null : Succeed(item, via.From, stamp);
        bool isEmpty;
        Waiter? waiter;
        using (LockScope held = _lock.Enter(out _))
        {
            worker?.Item = null;
            via.Tally.Count(isSkipped, isFromStore: worker is null);
            waiter = Add(_buffer.IsDropping ? null : result ?? Succeed(item, via.From, stamp), isSuccess: true, worker?.Slip, held);
            isEmpty = IsEmpty(held);
        }

        if (worker is null)
            _pool.Return(item);
        else
            _pool.Return(item, ref worker.InHand);
        if (isEmpty)
            _onEmpty();
        return waiter;
    }

    /// <summary>Ends an item that has not passed all stages. Its stage has counted it already.</summary>
    public bool Conclude(Item item, in Conclusion conclusion, Waiter? waiter)
    {
        TimeSpan elapsed = _run.Clock.Between(item.AcceptedAt, _run.Clock.Now);
        var details = new PipelineResult<TOut>.Unsuccessful(conclusion.Status, conclusion.Error, conclusion.Stage.Definition.BoxInput(item), conclusion.WasAbandoned);
        var result = new PipelineResult<TOut>(item.Id, item.Sequence, conclusion.Stage.Name, item.Visit.Attempt, item.Metadata, elapsed) { Details = details };
        bool isEmpty;
        bool mustWait;
        using (LockScope held = _lock.Enter(out _))
        {
            mustWait = Add(result, isSuccess: false, waiter, held) is not null;
            isEmpty = IsEmpty(held);
        }

        // The late task of an abandoned item still writes to its envelope.
        if (!conclusion.WasAbandoned)
            _pool.Return(item);
        if (isEmpty)
            _onEmpty();
        return mustWait;
    }

    public void EnterLock() => _lock.Enter();

    public void ExitLock() => _lock.Exit();

    /// <summary>Returns the counts of the results at this instant.</summary>
    public ResultCounts Count()
    {
        using (LockScope held = _lock.Enter(out _))
            return Count(held);
    }

    public ResultCounts Count(in RunLocks all) => Count(all.Section);

    private ResultCounts Count(in LockScope held) => new(_ways.Sum(way => way.Tally.Arrived) + _restored, _buffer.Blocked);

    /// <summary>Announces a reader: results that would only be counted are kept for it from now on.</summary>
    public void AwaitReader()
    {
        using (LockScope held = _lock.Enter(out _))
            _buffer.AwaitReader();
    }

    /// <summary>Switches to results for a reader; the results collected so far are the first ones it gets.</summary>
    public void BeginReading()
    {
        using (LockScope held = _lock.Enter(out _))
            _buffer.BeginReading();
    }

    /// <summary>Takes the next result, if there is one. Called by the reader.</summary>
    public bool TryRead(out PipelineResult<TOut> result)
    {
        if (!_buffer.TryTakeAhead(out result!))
            return TryFetch(out result);
        OnRead?.Invoke();
        return true;
    }

    private bool TryFetch(out PipelineResult<TOut> result)
    {
        bool isEmpty;
        bool isTaken;
        using (LockScope held = _lock.Enter(out _))
        {
            // If there is an outlet, it must get the results that the reader leaves.
            isTaken = _buffer.TryTake(out result!, fetchesAhead: _outlet is null);
            isEmpty = isTaken && IsEmpty(held);
            ReleaseWorkersIfLow(held);
            if (isTaken)
            {
                // Move the window first: the outlet then accepts what it has room for.
                held.After.First = OnRead;
                held.After.Call = _outlet?.OnLeft;
            }
        }

        if (isEmpty)
            _onEmpty();
        return isTaken;
    }

    /// <summary>Waits until there is a result. Returns false if there will be no more results.</summary>
    /// <param name="cancellationToken">The token whose cancellation wakes the reader. It is checked again in the section that starts the wait, because otherwise the wake-up could come too
    /// early.</param>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        using (LockScope held = _lock.Enter(out _))
        {
            if (_buffer.Unread > 0 || cancellationToken.IsCancellationRequested)
                return new ValueTask<bool>(true);
            if (_isFinished)
                return new ValueTask<bool>(false);
            _reader.Reset();
            _isReaderWaiting = true;
        }

        return _reader.WaitAsync();
    }

    /// <summary>Passes results on to an outlet automatically from now on, as far as it has room, starting with the results that exist already.</summary>
    public void SendTo(IResultOutlet<TOut> outlet)
    {
        using (LockScope held = _lock.Enter(out _))
            _outlet = outlet;
        SendOn();
    }

    /// <summary>Continues to pass results on, because the outlet has room again or drops what it gets.</summary>
    public void SendOn() => PerformAndEnd(_sendOn);

    /// <summary>Ends a wait of the reader that was canceled.</summary>
    public void WakeReader() => Perform((in LockScope held) => ReleaseReader(answer: true, held));

    /// <summary>Ends the backpressure of a slow reader, because the run is canceled.</summary>
    public void Lift() => PerformAndEnd((in LockScope held) =>
    {
        _buffer.Lift();
        ReleaseWorkers(held);
    });

    /// <summary>Seals the run: no more items can be accepted, and the run is over once every accepted item has ended.</summary>
    public void Seal() => PerformAndEnd((in LockScope held) => _isSealed = true);

    /// <summary>Ends the sink and returns the collected results, in input order.</summary>
    public IReadOnlyList<PipelineResult<TOut>> Finish()
    {
        List<PipelineResult<TOut>> results = [];
        Perform((in LockScope held) =>
        {
            _isFinished = true;
            if (_buffer.IsCollecting)
                // They also stay for a reader: a reader that starts only now must find them even if the run was short.
                results = _buffer.ToList();
            ReleaseReader(_buffer.Unread > 0, held);
            ReleaseWorkers(held);
        });
        results.Sort(static (left, right) => left.Sequence.CompareTo(right.Sequence));
        return results;
    }

    private delegate void Change(in LockScope held);

    private void Perform(Change change)
    {
        using (LockScope held = _lock.Enter(out _))
            change(held);
    }

    // A section after which the run may be over.
    private void PerformAndEnd(Change change)
    {
        bool isEmpty;
        using (LockScope held = _lock.Enter(out _))
        {
            change(held);
            isEmpty = IsEmpty(held);
        }

        if (isEmpty)
            _onEmpty();
    }

    private PipelineResult<TOut> Succeed(Item item, string stage, long stamp) =>
        new(item.Id, item.Sequence, stage, item.Visit.Attempt, item.Metadata, _run.Clock.Between(item.AcceptedAt, stamp)) { Value = item.Value.Get<TOut>() };

    private Waiter? Add(PipelineResult<TOut>? result, bool isSuccess, Waiter? waiter, in LockScope held)
    {
        Broken("failed-result-is-dropped", ref result, isSuccess ? result : null);
        if (!_buffer.Add(result, result?.Sequence ?? 0, isSuccess))
            return null;
        if (_buffer.Unread > 0)
            ReleaseReader(answer: true, held);
        SendOn(held);
        return waiter is null ? null : LineUp(waiter, held);
    }

    // The added result is on the shelf before the outlet is asked for room: if the outlet refuses and room is made afterwards, the result is found there.
    private void SendOn(in LockScope held)
    {
        if (_outlet is null || !_buffer.TryPeek(out PipelineResult<TOut>? next))
            return;
        do
        {
            if (!_outlet.TryAdd(next))
                break;
            _buffer.RemoveFirst();
            held.After.Call = _outlet.OnLeft;
        }
        while (_buffer.TryPeek(out next));

        ReleaseWorkersIfLow(held);
    }

    private Waiter? LineUp(Waiter waiter, in LockScope held)
    {
        if (!_buffer.IsFull)
            return null;
        waiter.ResetForRoom();
        _workers.Add(waiter);
        return waiter;
    }

    // Not while observers have yet to receive an item that was restored.
    private bool IsEmpty(in LockScope held) => _isSealed && _telling == 0 && _buffer.Ended == _run.Expected;

    private void ReleaseReader(bool answer, in LockScope held)
    {
        if (!_isReaderWaiting)
            return;
        _isReaderWaiting = false;
        held.After.CompleteWait(_reader, answer);
    }

    private void ReleaseWorkersIfLow(in LockScope held)
    {
        if (_buffer.IsLow)
            ReleaseWorkers(held);
    }

    private void ReleaseWorkers(in LockScope held)
    {
        foreach (Waiter waiter in _workers)
            held.After.CompleteRoomWait(waiter);
        _workers.Clear();
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
