using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>What has to be done outside the locks after the store has changed.</summary>
internal enum SourceFollowUp
{
    Nothing,

    /// <summary>Start the offering loop; it already counts as running.</summary>
    Offer,

    /// <summary>Check on the thread pool whether the source has reached its end.</summary>
    Finish,
}

/// <summary>The result of trying to take an item.</summary>
internal enum TakeOutcome
{
    Taken,
    Refused,

    /// <summary>A target is being asked whether it takes the item: the caller has to wait for its answer.</summary>
    OnOffer,
}

/// <summary>The items of a source and all decisions about them: which target may take what, whether to offer, whether the source has ended.</summary>
/// <remarks>
/// <para>Lock <c>_lock</c> guards everything here and is never held outside this class. Nothing foreign is called under it and no other lock is taken.</para>
/// <para>While targets are asked (from <see cref="TryBeginRound"/> to <see cref="EndRound"/>) the head is promised: only the asking thread may take it. A thread that holds
/// the lock of the rounds passes <c>isAsking</c>: during a round that is the asking thread, and at any other time it makes no difference.</para>
/// <para>Offering stops when every target was asked about the head and none took it (<c>_mayOffer</c> is false). It continues after anything that can change an
/// answer: the head left or was overtaken, a reservation was released, a link was added. Each sets the flag and calls <see cref="FollowUp"/> in one
/// lock section. At most one offering loop runs (<c>_isRunning</c>).</para>
/// <para>The source is at its end once it is closed and empty; an item on offer or reserved counts. Everything that closes it or takes something out calls
/// <see cref="FollowUp"/>, too.</para>
/// </remarks>
internal sealed class SourceState<T>
{
    private ShortLock _lock;
    private readonly OfferQueue<T> _items = new();
    private readonly SourceCompletion _completion;
    private ITargetBlock<T>? _reservedBy;
    private bool _hasLinks;
    private bool _mayOffer = true;
    private bool _isRunning;
    private bool _isOffering;
    private bool _isClosed;
    private bool _isDiscarding;
    private bool _isFinished;

    public SourceState(SourceCompletion completion) => _completion = completion;

    public int Count
    {
        get
        {
            using (_lock.EnterScope())
                return _items.Count;
        }
    }

    /// <summary>The target that has reserved the head, if one has.</summary>
    public ITargetBlock<T>? ReservedBy
    {
        get
        {
            using (_lock.EnterScope())
                return _reservedBy;
        }
    }

    public bool IsFinished
    {
        get
        {
            using (_lock.EnterScope())
                return _isFinished;
        }
    }

    /// <summary>Whether an item more urgent than the one on offer waits. A hint, read without the lock.</summary>
    public bool IsHeadOvertaken => _items.IsOvertaken;

    public bool Add(T item, int priority, out SourceFollowUp followUp)
    {
        followUp = SourceFollowUp.Nothing;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (_isClosed || _isDiscarding)
                return false;
            followUp = Put(item, priority, held);
            return true;
        }
    }

    /// <summary>Adds an item unless <paramref name="bound"/> items are held already. An item that no target can get any more is dropped: it needs no room.</summary>
    /// <returns>False if there is no room.</returns>
    public bool TryAdd(T item, int priority, int bound, out bool mustOffer)
    {
        mustOffer = false;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (_isClosed || _isDiscarding)
                return true;
            if (_items.Count >= bound)
                return false;
            mustOffer = Put(item, priority, held) == SourceFollowUp.Offer;
            return true;
        }
    }

    public SourceFollowUp Close()
    {
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            _isClosed = true;
            return FollowUp(held);
        }
    }

    /// <summary>Drops what is held but not promised, and notes the reason: the error, or cancellation if it is null.</summary>
    public SourceFollowUp Discard(Exception? error, CancellationToken token, out int dropped)
    {
        dropped = 0;
        IReadOnlyCollection<Exception>? errors = error is null ? null : SourceCompletion.Unwrap(error);
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (_isFinished)
                return SourceFollowUp.Nothing;
            _isDiscarding = true;
            if (errors is null)
                _completion.NoteCancellation(token);
            else
                _completion.NoteFault(errors);
            dropped = _items.Discard();
            return FollowUp(held);
        }
    }

    /// <summary>Notes whether there are links. A new link may answer differently from those before.</summary>
    public SourceFollowUp NoteLinks(bool hasLinks, bool isNew)
    {
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            _hasLinks = hasLinks;
            _mayOffer |= isNew;
            return FollowUp(held);
        }
    }

    /// <summary>Takes the most urgent item; during a round, the one on offer.</summary>
    public TakeOutcome TryTake(bool isAsking, out T item, out SourceFollowUp followUp)
    {
        item = default!;
        followUp = SourceFollowUp.Nothing;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (_isOffering && !isAsking)
                return TakeOutcome.OnOffer;
            if (!MayReceive(held) || !_items.TryTake(out item))
                return TakeOutcome.Refused;
            followUp = Left(held);
            return TakeOutcome.Taken;
        }
    }

    /// <summary>Takes all items.</summary>
    public TakeOutcome TryTakeAll(bool isAsking, out IList<T>? items, out SourceFollowUp followUp)
    {
        items = null;
        followUp = SourceFollowUp.Nothing;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (_isOffering && !isAsking)
                return TakeOutcome.OnOffer;
            if (!MayReceive(held) || _items.Count == 0)
                return TakeOutcome.Refused;
            items = new List<T>(_items.Count);
            // An item on offer first returns to its place among the others.
            _items.IsFrozen = false;
            while (_items.TryTake(out T item))
                items.Add(item);
            _items.IsFrozen = _isOffering;
            followUp = Left(held);
            return TakeOutcome.Taken;
        }
    }

    /// <summary>Returns the most urgent item, or during a round the one on offer, so that a filter can examine it outside the lock.</summary>
    public TakeOutcome TryLayOut(bool isAsking, out DataflowMessageHeader header, out T item)
    {
        header = default;
        item = default!;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (_isOffering && !isAsking)
                return TakeOutcome.OnOffer;
            return MayReceive(held) && _items.TryLayOut(out header, out item) ? TakeOutcome.Taken : TakeOutcome.Refused;
        }
    }

    /// <summary>Takes the item of this header, if it is the one to be taken and no other target was promised it.</summary>
    public bool TryConsume(DataflowMessageHeader header, ITargetBlock<T>? target, out T item, out SourceFollowUp followUp)
    {
        item = default!;
        followUp = SourceFollowUp.Nothing;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            bool isRefused = _reservedBy is null ? _isDiscarding : !ReferenceEquals(_reservedBy, target);
            if (isRefused || !_items.IsHead(header))
                return false;
            SetReservation(null, held);
            item = _items.TakeHead();
            followUp = Left(held);
            return true;
        }
    }

    public bool TryReserve(DataflowMessageHeader header, ITargetBlock<T> target)
    {
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (_isDiscarding || _reservedBy is not null || !_items.IsHead(header))
                return false;
            SetReservation(target, held);
            return true;
        }
    }

    /// <summary>Ends a reservation. Returns false if this target has none for this header.</summary>
    public bool TryRelease(DataflowMessageHeader header, ITargetBlock<T> target, out int dropped, out SourceFollowUp followUp)
    {
        dropped = 0;
        followUp = SourceFollowUp.Nothing;
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (!ReferenceEquals(_reservedBy, target) || !_items.IsHead(header))
                return false;
            SetReservation(null, held);
            if (_isDiscarding)
                dropped = _items.Discard();
            followUp = Left(held);
            return true;
        }
    }

    /// <summary>Promises the most urgent item to the targets that are about to be asked. Returns false if there is nothing to ask about.</summary>
    public bool TryBeginRound(out DataflowMessageHeader header, out T item)
    {
        header = default;
        item = default!;
        using (_lock.EnterScope())
        {
            // Checked again: much may have happened since the loop was queued.
            if (!_mayOffer || _isDiscarding || _reservedBy is not null || !_items.TryLayOut(out header, out item))
                return false;
            _mayOffer = false;
            _isOffering = true;
            _items.IsFrozen = true;
            return true;
        }
    }

    /// <summary>Within a round, on the asking thread: returns whether the item is still there and no target reserved it from inside an offer. No lock: while the head is
    /// promised, only this thread writes what is read here.</summary>
    public bool IsStillOnOffer(DataflowMessageHeader header, out bool isReserved)
    {
        isReserved = _reservedBy is not null;
        return _items.IsHead(header);
    }

    /// <summary>Ends a round. Returns true if another one may follow at once.</summary>
    public bool EndRound(bool isAccepted, bool hasLinks, out int dropped)
    {
        using (_lock.EnterScope())
        {
            _isOffering = false;
            if (isAccepted)
            {
                _reservedBy = null;
                _items.TakeHead();
                _mayOffer = true;
            }

            _hasLinks = hasLinks;
            _items.IsFrozen = _reservedBy is not null;
            dropped = _isDiscarding ? _items.Discard() : 0;
            return _mayOffer && hasLinks && !_isDiscarding;
        }
    }

    /// <summary>Ends the offering loop. After a failure the loop is not started again by the next item, but by a link, a release or a take.</summary>
    public SourceFollowUp EndLoop(bool hasFailed)
    {
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            _isRunning = false;
            _mayOffer &= !hasFailed;
            return FollowUp(held);
        }
    }

    /// <summary>Returns whether the source has reached its end; returns true only once.</summary>
    public bool TryFinish()
    {
        using (ShortLock.Scope held = _lock.EnterScope())
        {
            if (!IsDone(held))
                return false;
            _isFinished = true;
            _hasLinks = false;
            return true;
        }
    }

    private SourceFollowUp Put(T item, int priority, in ShortLock.Scope held)
    {
        if (_items.Put(item, priority))
            _mayOffer = true;
        return FollowUp(held);
    }

    private bool MayReceive(in ShortLock.Scope held) => _reservedBy is null && !_isDiscarding;

    // An item that is on offer or reserved is counted until it is taken or dropped.
    private bool IsDone(in ShortLock.Scope held) => _isClosed && !_isFinished && _items.Count == 0;

    /// <summary>Notes that something left or was released: earlier answers of the targets are void.</summary>
    private SourceFollowUp Left(in ShortLock.Scope held)
    {
        _mayOffer = true;
        return FollowUp(held);
    }

    private SourceFollowUp FollowUp(in ShortLock.Scope held)
    {
        if (IsDone(held))
            return SourceFollowUp.Finish;
        if (_isRunning || !_mayOffer || !_hasLinks || _reservedBy is not null || _isDiscarding || _items.Count == 0)
            return SourceFollowUp.Nothing;
        _isRunning = true;
        return SourceFollowUp.Offer;
    }

    private void SetReservation(ITargetBlock<T>? target, in ShortLock.Scope held)
    {
        _reservedBy = target;
        _items.IsFrozen = target is not null || _isOffering;
    }
}
